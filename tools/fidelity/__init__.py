"""Measure the emulator against logs of real machines and write docs/explanation/fidelity.md.

`python -m tools.fidelity DATA --date 2026-01-31` measures and writes; DATA holds `logs`, `plans`.
"""
