"""Loop surgery: arrows of a man's axis cut, levels held, organs made smaller, to see what each of them does."""
