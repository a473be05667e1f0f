"""M3 behind ION API: MI programs with their fields, and the tables they work on."""
