"""linacsim: an emulator of medical linac control systems, for research and test only."""

__version__ = "0.1.0"
