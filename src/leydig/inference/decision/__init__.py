"""What a twin is asked to decide with: the aims of a protocol, the next laboratory test, and the dose."""
