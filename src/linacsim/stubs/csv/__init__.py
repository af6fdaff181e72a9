"""A stand-in for a home-made sensor that prints bare lines of numbers."""
