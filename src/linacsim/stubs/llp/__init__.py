"""Stand-ins for devices that speak LLP/1: a marker and a gate box (docs/reference/llp.md)."""
