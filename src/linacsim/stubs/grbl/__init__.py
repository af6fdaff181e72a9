"""A GRBL 1.1 controller and its gantry (research/hil-protocols.md, section 2.2)."""
