"""Infor CloudSuite: M3 and CloudSuite Industrial through the ION API gateway."""
