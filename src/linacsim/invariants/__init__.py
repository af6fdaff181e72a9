"""The independent eye: judges frames knowing nothing of control code."""
