"""Figures of many: populations, trials, evidence, pulse trains."""
