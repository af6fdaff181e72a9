"""Zaber stages: ASCII protocol, version 2."""
