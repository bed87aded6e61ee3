# `make` lists the commands. Each makes the environment that it needs; a stamp file in each
# environment keeps the next run from installing anything again until what it depends on changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help demo quick test coverage check check-cpp lint-cpp check-native docs lowest newest sizes bench \
	fuzz sanitize races soak interrupts clean

# The first interpreter of a version that the project runs on; `make PYTHON=... test` names one.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
CANDIDATES := python3 python3.13 python3.12 python3.11
PYTHON ?= $(shell for candidate in $(CANDIDATES); do \
	"$$candidate" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$candidate"; break; }; done)

VENV := .venv
BENCH_VENV := .venv-bench
LOWEST_VENV := .venv-lowest
NEWEST_VENV := .venv-newest
BIN := $(VENV)/bin
NATIVE := src/epochal/engine/native
CPP := $(shell find $(NATIVE)/cpp -name '*.cpp' -o -name '*.h')
# An editable install knows each Python file by its place: one that moves must be installed again.
PLACES := .cache/places
PINS := pyproject.toml constraints.txt CMakeLists.txt $(CPP) $(PLACES)
PIP := -m pip install --quiet --disable-pip-version-check
PYTEST := -m pytest --numprocesses auto --dist worksteal
# What `make lowest` and `make newest` run: the private names of Keras, JAX and scikit-learn that
# the project relies on, and whole fits.
COMPATIBILITY := $(wildcard tests/compat) tests/training/test_fit.py

ANALYZER ?= shallow
CASES ?= 20000
MINUTES ?= 60
# A soak of an hour renews the page; any other leaves it as it is.
WRITE = $(if $(filter 60,$(MINUTES)),--write)

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/installed  ## install, then train on the bundled Titanic table and name the report
	$(BIN)/epochal train titanic --target survived

quick: $(VENV)/installed-dev  ## the tests nearest to what changed since main, for two minutes at most
	$(BIN)/python -m tools.quick

test: $(VENV)/installed-dev  ## the whole test suite, on every core
	$(BIN)/python $(PYTEST)

coverage: $(VENV)/installed-dev  ## the whole suite with coverage, into .cache/coverage/html/index.html
	$(BIN)/python $(PYTEST) --cov --cov-report=term --cov-report=html

check: $(VENV)/installed-dev  ## formatting, lint, types, docstrings, and who imports whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

check-cpp: $(VENV)/installed-dev  ## formatting of the C++ sources
	$(BIN)/clang-format --dry-run --Werror $(CPP)

# The installation has written the commands that it reads into build/. ANALYZER=deep follows every
# path through the functions that a function calls, and takes three times as long.
lint-cpp: $(VENV)/installed-dev  ## clang-tidy over the C++ sources (minutes; ANALYZER=deep)
	printf '%s\n' $(filter %.cpp,$(CPP)) | \
		xargs -n 1 -P "$$(getconf _NPROCESSORS_ONLN)" $(BIN)/clang-tidy --quiet -p build \
		--extra-arg=-Xclang --extra-arg=-analyzer-config \
		--extra-arg=-Xclang --extra-arg=mode=$(ANALYZER)

# The package installs without a compiler too; the project's own checks must not pass that way.
check-native: $(VENV)/installed-dev  ## that the native engine was built
	$(call require_native,$(VENV))

fuzz: $(VENV)/installed-dev  ## networks of the native engine drawn at random (CASES=20000)
	$(BIN)/python -m tests.engine.native.fuzz --cases $(CASES)

# A report ends the process, and .cache/fuzz-current holds the seed of its case.
sanitize: $(VENV)/installed-dev  ## the same with a build that looks at every access (ASan, UBSan)
	$(BIN)/cmake -S . -B .cache/sanitize -G Ninja -DPython_EXECUTABLE="$(abspath $(BIN)/python)" \
		-DCMAKE_MAKE_PROGRAM="$(abspath $(BIN)/ninja)" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -DEPOCHAL_SANITIZE=address,undefined
	$(BIN)/cmake --build .cache/sanitize
	LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
		ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		$(BIN)/python -m tests.engine.native.fuzz --cases $(CASES) \
		--extension .cache/sanitize/_native.*.so

# JAX and NumPy's BLAS are not built so, and threads that they start are left out of it.
races: $(VENV)/installed-dev  ## nets on several threads, with a build that looks for races (TSan)
	$(BIN)/cmake -S . -B .cache/races -G Ninja -DPython_EXECUTABLE="$(abspath $(BIN)/python)" \
		-DCMAKE_MAKE_PROGRAM="$(abspath $(BIN)/ninja)" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -DEPOCHAL_SANITIZE=thread
	$(BIN)/cmake --build .cache/races
	LD_PRELOAD="$$(g++ -print-file-name=libtsan.so) $$(g++ -print-file-name=libstdc++.so)" \
		TSAN_OPTIONS=suppressions=tests/engine/native/tsan.supp \
		$(BIN)/python -m tests.engine.native.races --cases $(CASES) \
		--extension .cache/races/_native.*.so

soak: $(VENV)/installed-dev  ## an hour of fits, kills, forks and failures; writes docs/reliability.md
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(WRITE)

interrupts: $(VENV)/installed-dev  ## 200 processes that get Ctrl-C or SIGTERM; writes docs/reliability.md
	$(BIN)/python -m benchmarks.interrupts --times 200 --write

docs: $(VENV)/installed-dev  ## the documentation site, into site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

lowest: $(LOWEST_VENV)/installed  ## against the lowest versions that pyproject.toml allows
	$(call require_native,$(LOWEST_VENV))
	$(LOWEST_VENV)/bin/python $(PYTEST) $(COMPATIBILITY)

newest: $(NEWEST_VENV)/installed  ## against the newest versions that pyproject.toml allows
	$(call require_native,$(NEWEST_VENV))
	$(NEWEST_VENV)/bin/python $(PYTEST) $(COMPATIBILITY)

sizes: $(VENV)/installed-dev  ## the table of sizes in docs/architecture.md
	@$(BIN)/python -m tools.sizes

# Only the first eight have peers, whose packages are no business of the others.
bench: $(BENCH_VENV)/installed $(VENV)/installed  ## run every benchmark and write docs/benchmarks.md
	$(BENCH_VENV)/bin/python -m benchmarks.breadth --write
	$(BENCH_VENV)/bin/python -m benchmarks.speed --write
	$(BENCH_VENV)/bin/python -m benchmarks.convolutions --write
	$(BENCH_VENV)/bin/python -m benchmarks.prediction --write
	$(BENCH_VENV)/bin/python -m benchmarks.monte_carlo --write
	$(BENCH_VENV)/bin/python -m benchmarks.small_data --write
	$(BENCH_VENV)/bin/python -m benchmarks.populations --write
	$(BENCH_VENV)/bin/python -m benchmarks.sweeps --write
	$(BENCH_VENV)/bin/python -m benchmarks.official_tests --write
	$(BIN)/python -m benchmarks.additions --write
	$(BIN)/python -m benchmarks.growth --write
	$(BIN)/python -m benchmarks.kernels --write
	$(BIN)/python -m benchmarks.streaming --write
	$(BIN)/python -m benchmarks.startup --write
	$(BIN)/python -m benchmarks.titanic_accuracy --write

clean:  ## remove the environments, caches and what was built
	rm -rf $(VENV) $(BENCH_VENV) $(LOWEST_VENV) $(NEWEST_VENV)
	rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build site

# $(1): the environment.
define require_native
	@$(1)/bin/python -c 'import sys; from epochal.engine import native; \
		sys.exit(0 if native.AVAILABLE else "The native engine must have been built, got none: \
	install a C++20 compiler, remove $(1) and run make again.")'
endef

# $(1): the environment; $(2): what of the project to install into it; $(3): options for pip.
# The build tools come first, under the same constraints, so the build must not fetch its own.
define install
	@if ! "$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null; then \
		echo "epochal needs Python 3.11, 3.12 or 3.13 and found none" \
			"(tried: $(or $(PYTHON),$(CANDIDATES)); python3 is $$(python3 --version 2>&1)):" \
			"name one with 'make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)'." >&2; \
		exit 1; \
	fi
	@echo "Installing epochal into $(1) (once; minutes on a slow line) ..."
	@test -x $(1)/bin/pip || "$(PYTHON)" -m venv $(1)
	@$(1)/bin/python $(PIP) $(3) scikit-build-core nanobind cmake ninja
	@$(1)/bin/python $(PIP) $(3) --no-build-isolation --editable '$(2)'
endef

# Several may run at once, as in .ci/run: each writes a file of its own.
.PHONY: places
$(PLACES): places
	@mkdir -p $(@D)
	@new=$@.$$$$; find src/epochal -name '*.py' | sort > $$new; \
		if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

$(VENV)/installed: $(PINS)
	$(call install,$(VENV),.,--constraint constraints.txt)
	@touch $@

$(VENV)/installed-dev: $(PINS)
	$(call install,$(VENV),.[dev],--constraint constraints.txt)
	@touch $(VENV)/installed $@

$(BENCH_VENV)/installed: $(PINS)
	$(call install,$(BENCH_VENV),.[bench],--constraint constraints.txt)
	@touch $@

$(LOWEST_VENV)/constraints.txt: pyproject.toml tools/bounds.py
	@mkdir -p $(@D)
	@"$(PYTHON)" tools/bounds.py > $@

# Each has a build folder of its own: nanobind's version differs from one to the other.
$(LOWEST_VENV)/installed: $(LOWEST_VENV)/constraints.txt $(PINS)
	$(call install,$(@D),.[test],--constraint $< --config-settings=build-dir=$(@D)/build)
	@touch $@

$(NEWEST_VENV)/installed: $(PINS)
	$(call install,$(@D),.[test],--upgrade --upgrade-strategy eager --config-settings=build-dir=$(@D)/build)
	@touch $@
