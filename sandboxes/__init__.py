"""Pretend vendors: strict, stateful, over real HTTP, able to misbehave. Imports nothing of the product."""
