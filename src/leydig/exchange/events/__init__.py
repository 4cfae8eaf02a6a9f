"""Event tables: the rows of doses and observations that NONMEM, Monolix, mrgsolve and nlmixr2 read.

`read` is the way in; `cells` opens the file, `columns` knows the names, `clock` the times, `doses` and `observations`
the semantics, `table` is what comes back.
"""
