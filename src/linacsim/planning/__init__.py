"""Planning: a beam becomes a trajectory or a list of findings, before beam-on."""
