"""The trend board: the levels of one man over time, as values and as drawings."""
