"""Scenario files become running systems; the only place that names concrete classes."""
