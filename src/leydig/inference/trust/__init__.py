"""Whether to trust a twin: misfit, other kinds, what the evidence covers, and the coverage that was measured."""
