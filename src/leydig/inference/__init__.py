"""One man's fit: what his dated results teach of him, as a posterior over men; and what they do not.

`leydig.inference.fit` is the door; the man who comes back is a `leydig.inference.twin.Twin`.
"""
