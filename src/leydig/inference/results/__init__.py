"""A man's results and treatments as a fit reads them, and what they say of true levels: the likelihood."""
