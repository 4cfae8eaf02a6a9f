"""Commands about the twin of one man: fit it to his record, check how its intervals hold."""
