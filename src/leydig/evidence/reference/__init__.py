"""Reference physiology: published values of how men differ, each beside the same value of virtual men."""
