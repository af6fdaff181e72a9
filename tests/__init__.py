"""Tests of linacsim."""
