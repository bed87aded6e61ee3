# make demo, make test, make check, make bench: each makes the environment that it needs.
# Either may be run first; a stamp file in each environment keeps the next run from installing
# anything again until pyproject.toml or constraints.txt changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help demo test check bench clean

# The first interpreter of a version that the project runs on; `make PYTHON=... test` names one.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
CANDIDATES := python3 python3.13 python3.12 python3.11
PYTHON ?= $(shell for candidate in $(CANDIDATES); do \
	"$$candidate" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$candidate"; break; }; done)

VENV := .venv
BENCH_VENV := .venv-bench
BIN := $(VENV)/bin
PINS := pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/epochal/engine/native/source/*)
# The build backend is pinned as well, so the build must not fetch one of its own.
INSTALL := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/installed  ## install, then train on the bundled Titanic table and name the report
	$(BIN)/epochal train titanic --target survived

test: $(VENV)/installed-dev  ## install, then run the whole test suite
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/installed-dev  ## formatting, lint, types, and who imports whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

# Only the first three have peers, whose packages are no business of the others.
bench: $(BENCH_VENV)/installed $(VENV)/installed  ## run every benchmark and write docs/benchmarks.md
	$(BENCH_VENV)/bin/python -m benchmarks.speed --write
	$(BENCH_VENV)/bin/python -m benchmarks.monte_carlo --write
	$(BENCH_VENV)/bin/python -m benchmarks.small_data --write
	$(BIN)/python -m benchmarks.additions --write
	$(BIN)/python -m benchmarks.prediction --write
	$(BIN)/python -m benchmarks.growth --write
	$(BIN)/python -m benchmarks.kernels --write
	$(BIN)/python -m benchmarks.streaming --write
	$(BIN)/python -m benchmarks.startup --write
	$(BIN)/python -m benchmarks.titanic_accuracy --write

clean:  ## remove the environments and caches
	rm -rf $(VENV) $(BENCH_VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build

# $(1): the environment; $(2): what of the project to install into it.
define install
	@if ! "$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null; then \
		echo "epochal needs Python 3.11, 3.12 or 3.13 and found none" \
			"(tried: $(or $(PYTHON),$(CANDIDATES)); python3 is $$(python3 --version 2>&1)):" \
			"name one with 'make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)'." >&2; \
		exit 1; \
	fi
	@echo "Installing epochal into $(1) (once; minutes on a slow line) ..."
	@test -x $(1)/bin/pip || "$(PYTHON)" -m venv $(1)
	@$(1)/bin/python $(INSTALL) scikit-build-core nanobind cmake ninja
	@$(1)/bin/python $(INSTALL) --no-build-isolation --editable '$(2)'
endef

$(VENV)/installed: $(PINS)
	$(call install,$(VENV),.)
	@touch $@

$(VENV)/installed-dev: $(PINS)
	$(call install,$(VENV),.[dev])
	@touch $(VENV)/installed $@

$(BENCH_VENV)/installed: $(PINS)
	$(call install,$(BENCH_VENV),.[bench])
	@touch $@
