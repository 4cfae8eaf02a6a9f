"""The kernel: printed equations compiled for eight men at a time, and the march through their plans."""
