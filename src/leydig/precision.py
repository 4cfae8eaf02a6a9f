"""Double precision: JAX is switched to it once, when the equations are loaded, so before the first number.

Whoever imports JAX or equinox in this package has imported this file before (`tests/packaging/test_start.py`).
"""

import jax

jax.config.update("jax_enable_x64", True)
