"""Machine descriptions: TOML files with a source for each number, and their loader."""

from linacsim.machines.loader import load_machine, machine_names

__all__ = ["load_machine", "machine_names"]
