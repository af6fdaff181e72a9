"""The real-time engine: ticks released by the clock, lateness recorded."""
