"""Bare lines of numbers, as most home-made sensors print them: unprotected, without a handshake."""
