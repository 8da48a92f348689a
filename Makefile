# Everything that is done with this repository, one word each. `make help` lists the words.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DEFAULT_GOAL := help

PY := .venv/bin/python
JOBS ?= 2
# Each test process computes on one core; the processes are what runs in parallel.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -q -n $(JOBS) --dist worksteal

.PHONY: help demo test test-all test-core test-lowest test-pythons check lint types floors house format docs bench clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv/ready-demo ## tune a real model on real data, in minutes
	@$(PY) examples/demo.py

test: .venv/ready-dev ## all tests that need no server, no browser and no patience
	@$(PYTEST) -m "not slow"

test-all: .venv/ready-dev ## every test; what cannot run here fails instead of being skipped
	@TUNESMITH_REQUIRE=$${TUNESMITH_REQUIRE:-all} $(PYTEST)

test-core: .venv/ready-dev ## the tests marked `core`, with the core dependencies alone
	@$(PY) tools/environments.py core

test-lowest: .venv/ready-dev ## the tests, with the oldest dependencies that pyproject.toml allows
	@$(PY) tools/environments.py lowest

test-pythons: .venv/ready-dev ## the tests marked `core`, with every Python found on this machine
	@$(PY) tools/environments.py pythons

check: lint types floors house docs ## what a change must pass before its tests matter

lint: .venv/ready-dev
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check --quiet || { echo "Some files are not formatted: type make format"; exit 1; }

types: .venv/ready-dev
	@$(PY) -m mypy

floors: .venv/ready-dev
	@.venv/bin/lint-imports --no-logo

house: .venv/ready-dev
	@$(PY) -m pytest -q tests/house

format: .venv/ready-dev ## lay out the code, and mend what can be mended
	@$(PY) -m ruff check --fix --exit-zero
	@$(PY) -m ruff format

docs: .venv/ready-docs ## build the documentation into site/
	@.venv/bin/zensical build --clean --strict

bench: .venv/ready-dev ## measure what tunesmith costs, beside Optuna
	@$(PY) benchmarks/overhead.py

clean: ## remove what was built and cached, and .venv
	@rm -rf .venv .environments .cache site dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready-%: pyproject.toml tools/venv.sh
	@sh tools/venv.sh $*
