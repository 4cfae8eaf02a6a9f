# Every command a person types. `make demo` and `make test` set up what they need.
# Python 3.11 to 3.13: the first that runs.
PYTHON ?= $(shell for one in python3.11 python3.12 python3.13 python3; do $$one -c 'import venv' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
.PHONY: setup demo test check format docs calibrate golden verify mutate bench clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch .venv/ready

demo: setup        ## the main job: published men on anastrozole, table and figures
	$(BIN)/python -m leydig.cli.demo

test: setup        ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests

check: setup       ## format, lint, types, layers
	$(BIN)/ruff format --check src tests benchmarks docs/hooks
	$(BIN)/ruff check src tests benchmarks docs/hooks
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format src tests benchmarks docs/hooks
	$(BIN)/ruff check --fix src tests benchmarks docs/hooks

docs: setup        ## the site, into site/: open site/index.html, no server and no network needed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

calibrate: setup   ## fit the fitted parameters again and write their posterior draws (an hour and a half)
	$(BIN)/leydig evidence calibrate

golden: setup      ## rewrite the frozen courses and print what moved
	$(BIN)/python -m tests.golden.rewrite

verify: setup      ## the engine against the reference on 2,000 random cases (ten minutes)
	$(BIN)/leydig verify --n 2000

mutate: setup      ## 200 random changes of protocols, regions and the code that reads them; lists those that no test notices
	$(BIN)/python -m tests.assessment.mutate --n 200 --seed 1
	$(BIN)/python -m tests.assessment.mutate --n 60 --seed 1 --rooms regimen record

bench: setup       ## the engine against its peers on the same work (numbalsoda needs gfortran to install)
	-$(BIN)/pip install --quiet --disable-pip-version-check numbalsoda==0.3.4
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv demo site
