"""M3: MI programs over REST."""
