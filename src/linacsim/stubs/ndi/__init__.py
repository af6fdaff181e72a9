"""A stand-in for an NDI Polaris that real clients track with, unmodified."""
