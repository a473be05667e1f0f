"""What `./dev` runs on this machine: PostgreSQL, Valkey, and the processes of the product beside them."""
