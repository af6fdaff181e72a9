"""A Zaber device and its axes (research/hil-protocols.md, section 2.3)."""
