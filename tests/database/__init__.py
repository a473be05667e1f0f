"""The test database: made by the owner through migrations, used by the application's role."""
