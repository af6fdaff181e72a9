"""Real wires: framing, links and one module per device protocol."""
