# Everything a person or a build server does with this project. `make` alone lists the targets.
#
# ARGS passes flags on:   make demo ARGS="--port 9000"      make test ARGS="tests/stories -k approve"
# PYTHON chooses one:     make test PYTHON=python3.13       (only when .venv is made)

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

# The newest that runs, is 3.11 or later, and can make an environment: a shim may stand on PATH and fail, and
# Debian's python3 comes without ensurepip. Looked up only when an environment has to be made.
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	if "$$name" -c 'import ensurepip, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo "$$name"; break; fi; done)

# Test processes side by side. More than there are cores, because most of a story's time is waiting.
WORKERS ?= 4

# Pinned, so that two people lock to the same file.
UV_VERSION := 0.13.8
UV := build/lock/bin/uv
# The lowest Python the project runs on; the locks hold for it and for all later ones.
PYTHON_LOWEST := 3.11

# Stamps say which locks are installed, so that a second `make test` installs nothing.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check mypy pyright sandbox bench simulate redteam lock setup clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Start the bot with fake vendors on this machine and print one URL; Ctrl-C ends it
	@exec $(BIN)/countersign demo $(ARGS)

sandbox: $(INSTALLED) ## Start the fake vendors alone and print the environment that points at them
	@exec $(BIN)/python -m sandbox $(ARGS)

test: $(INSTALLED_DEV) ## Run the tests
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(INSTALLED_DEV) ## Format, lint, types, import contracts, dead code, house rules, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs 2 --output-sync mypy pyright
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/tidy tests/manifest

# Side by side: each is busy with one core for half a minute.
mypy pyright: $(INSTALLED_DEV)
	$(BIN)/$@

# One seed is one small world; SEED+1 the next, for HOURS of this machine's time. HOURS=0: that one seed alone.
SEED ?= 1
HOURS ?= 0.02
simulate: $(INSTALLED_DEV) ## Run the bot through crashes, lost answers and outages: make simulate SEED=1 HOURS=1
	@exec $(BIN)/python -m tests.simulation --seed $(SEED) --hours $(HOURS) $(ARGS)

redteam: $(INSTALLED_DEV) ## Let a model that obeys everything read every attack, and print what came of it
	@exec $(BIN)/python -m tests.redteam $(ARGS)

bench: $(INSTALLED_DEV) ## Measure speed and size, printed as a table
	@exec $(BIN)/python -m bench $(ARGS)

setup: $(INSTALLED_DEV) ## Make .venv with all tools, and the git hooks
	$(BIN)/pre-commit install

lock: $(UV) ## Resolve the dependencies again into the hashed locks (ARGS="--upgrade" for newer ones)
	$(UV_COMPILE) pyproject.toml --output-file requirements.lock
	$(UV_COMPILE) pyproject.toml --group test --group check --constraint requirements.lock \
		--output-file requirements-dev.lock
	$(UV_COMPILE) --group build --output-file requirements-build.lock

clean: ## Remove .venv, caches and build output; data directories stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# No header and no annotations: a diff of a lock shows versions and hashes, nothing else. No index either:
# where packages come from is the installing machine's setting.
UV_COMPILE = $(UV) pip compile --quiet --universal --python-version $(PYTHON_LOWEST) --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate $(ARGS)

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { \
		echo "No Python that will do was found on PATH: 3.11 or later, with venv and ensurepip." >&2; \
		echo "On Debian or Ubuntu: apt-get install python3-venv. Or name one: make PYTHON=/path/to/python3.13" >&2; \
		exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -m venv $(VENV)

# The build backend comes first, from its own lock, and nothing is built in isolation: pip would fetch a backend
# without a hash for that. (`ijson`, which pysnow pins, has no wheel; it builds without a compiler.)
INSTALL = $(PIP) install --quiet --require-hashes --no-build-isolation
# The project itself is installed as a link to this folder, from what is here, without asking an index.
INSTALL_PROJECT = $(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .

$(INSTALLED): $(VENV)/pyvenv.cfg requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing what the bot needs into $(VENV), once; this takes a minute"
	@$(INSTALL) -r requirements-build.lock
	@$(INSTALL) -r requirements.lock
	@$(INSTALL_PROJECT)
	@touch $@

# The development lock holds the other one as well, so this serves `make demo` too.
$(INSTALLED_DEV): $(VENV)/pyvenv.cfg requirements-dev.lock requirements-build.lock pyproject.toml
	@echo "Installing the bot's needs and the tools into $(VENV), once; this takes a minute or two"
	@$(INSTALL) -r requirements-build.lock
	@$(INSTALL) -r requirements-dev.lock
	@$(INSTALL_PROJECT)
	@touch $(INSTALLED) $@

$(UV):
	@"$(PYTHON)" -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --no-input install --quiet uv==$(UV_VERSION)
