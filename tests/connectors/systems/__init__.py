"""Tests of the systems: against their sandboxes over real HTTP, and of what is pure."""
