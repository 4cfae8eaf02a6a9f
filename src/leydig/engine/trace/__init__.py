"""One list of operations, from which every text of the equations is printed.

`tracer` alone walks what JAX traced, and records the equations; `tape` holds them and drops what comes to nothing;
`lowering` writes them in the elementary operations of a processor and `merging` in fewer of the dear ones, and a
`Printer` writes them in one language. What can be recorded is `operations.OPERATIONS`; a printer that lacks one of
these refuses by its name. How a printer is written stands in `printer`; what it needs is handed on by `leydig.engine`,
since printers may stand in any room.
"""
