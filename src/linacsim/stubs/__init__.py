"""Stand-ins for hardware: firmware that speaks the real protocols, each run as its own process."""
