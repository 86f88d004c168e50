# make run | desk-demo | test | lint | bench | clean: each sets up what it needs in .venv first.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8080
DESK_PORT ?= 8090
BIN := .venv/bin
UV := .tools/bin/uv
CORE := .venv/.core
DEV := .venv/.dev

.PHONY: setup run desk-demo test unit lint bench rivals lock clean

setup: $(CORE)

# uv makes the environment in about 5 s; where it cannot be had, pip does the same from the same lock.
$(CORE): requirements.lock pyproject.toml
	@bash scripts/install.sh $(PYTHON) requirements.lock
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml
	@bash scripts/install.sh $(PYTHON) requirements-dev.lock
	@touch $(CORE) $@

# Nobody reads columns in tracebacks here, and without them the code needs half a MiB less. One
# arena for all threads, which wait for each other anyway, saves glibc two to four.
run: $(CORE)
	@MALLOC_ARENA_MAX=1 PYTHONNODEBUGRANGES=1 PORT=$(PORT) $(BIN)/copilot serve

# The desk without a workspace: the bot, and a stand-in for Slack whose buttons can be pressed.
desk-demo: $(CORE)
	@DESK_PORT=$(DESK_PORT) PORT=$(PORT) $(BIN)/python -m tests.emulators.slack.demo

test: $(DEV) lint
	@bash scripts/browser.sh
	@$(BIN)/python -m pytest -q -n 2 --ignore tests/e2e
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile tests/e2e

unit: $(DEV)
	@$(BIN)/python -m pytest -m "not slow" -q -n 2 --ignore tests/e2e

lint: $(DEV)
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy .

bench: $(DEV)
	@$(BIN)/python -m benchmarks

# Other routers to be measured beside ours, in an environment of their own; then `make bench`.
rivals: $(DEV)
	@$(BIN)/python -m benchmarks.rivals

lock:
	$(UV) pip compile pyproject.toml -o requirements.lock --generate-hashes --python-version 3.11 --no-header --quiet
	$(UV) pip compile pyproject.toml --extra dev --extra fast -o requirements-dev.lock --generate-hashes --python-version 3.11 --no-header --quiet

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .coverage build *.egg-info
