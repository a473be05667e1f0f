"""Template tags, so that templates stay plain."""
