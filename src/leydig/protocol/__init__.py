"""The protocol: who is a candidate, what to aim for, when to measure, how to adjust, when to stop."""
