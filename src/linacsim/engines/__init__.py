"""Engines: the only rooms that release ticks."""
