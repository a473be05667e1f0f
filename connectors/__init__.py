"""Moves records between systems: the recipes, the engine, the systems it speaks to."""
