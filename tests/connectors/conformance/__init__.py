"""What every system must pass. One case per system in `cases`; see docs/adding-a-system.md."""
