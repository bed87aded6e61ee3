"""Measurements behind docs/benchmarks.md. `make bench` runs them all; each runs alone too."""
