"""Benchmarks; `python -m tools.bench` runs them."""
