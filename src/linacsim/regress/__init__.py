"""Deliveries held against what they were before: `linacsim regress` (docs/decisions/0007)."""
