"""Lint: what a protocol promises, proved or refuted state by state."""
