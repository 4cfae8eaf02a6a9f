"""The core starts without the libraries of tables, plots, sampling and the web."""

import subprocess
import sys


def test_the_core_starts_without_heavy_libraries():
    code = (
        "import sys, leydig as ly; ly.simulate(ly.Man(age=30), 'anastrozole 1 mg daily', days=2); "
        "print([name for name in ('matplotlib', 'plotly', 'pandas', 'xarray', 'scipy.optimize', 'typer') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
