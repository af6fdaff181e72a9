"""A trajectory: the beam's MU and positions as functions of time, decided before beam-on.

A trajectory is a row of legs, each from standstill to standstill. On a `PathLeg` the path
parameter s (control-point index plus fraction) moves and everything else follows s; on a
`FreeLeg` each axis runs on its own (carriage moves, unsynchronized MLC motion-only segments,
Go To). Legs are evaluated here, so that control can follow what planning made without either
knowing the other.
"""
