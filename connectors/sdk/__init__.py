"""The kit systems are built from: plain Python, no Django. Start with `system.py`."""
