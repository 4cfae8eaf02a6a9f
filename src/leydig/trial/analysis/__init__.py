"""The analysis of a trial: endpoints, how arms differ, and adverse events."""
