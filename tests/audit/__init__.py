"""The trail: what it keeps, what it refuses, and how it proves that nobody touched it."""
