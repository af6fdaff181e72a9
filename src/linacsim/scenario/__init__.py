"""Scenarios: YAML files that become running systems and are checked against expectations."""
