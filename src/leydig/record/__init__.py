"""The record: dated results and treatments of one man, and the files that hold them."""
