"""Reference physiology: published figures of how men differ, each beside the same figure of virtual men."""
