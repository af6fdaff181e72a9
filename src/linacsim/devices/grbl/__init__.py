"""GRBL 1.1 and what speaks its dialect: grblHAL, FluidNC."""
