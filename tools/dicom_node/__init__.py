"""Measures the network node from outside: it runs as a process of its own."""
