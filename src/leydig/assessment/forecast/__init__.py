"""What the twin of a man expects, beside what the rules of a protocol say of him."""
