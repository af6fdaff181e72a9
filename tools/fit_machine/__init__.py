"""Estimate the numbers of a machine from its trajectory logs and write a machine file.

`python -m tools.fit_machine LOG... -o machine.toml`; docs/how-to/fit-your-machine.md tells what
is estimated, how, and what logs cannot tell.
"""
