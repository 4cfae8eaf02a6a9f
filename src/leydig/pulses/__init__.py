"""The minute clock: the pulses of GnRH and LH, simulated and detected."""
