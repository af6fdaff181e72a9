"""Motion stages: what all of them have in common, whatever they speak."""
