# Everything a person or CI does with this project. Each target first installs what it needs, into .venv in this folder.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/requirements.installed
INSTALL_LOG := .local/logs/install.log

.DEFAULT_GOAL := help
.PHONY: help install run test screenshots simulate year mutants crashpoints chaos attack bench tieout clients lint typecheck format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamp is a copy of the lock file: equal means that exactly these packages are installed.
install: ## Make .venv and install the locked requirements, once per lock file
	@if cmp -s requirements-dev.txt $(INSTALLED); then exit 0; fi; \
	mkdir -p $(dir $(INSTALL_LOG)) || exit 1; : > $(INSTALL_LOG); \
	new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1 || ! $(BIN)/python -c "$$new_enough" 2>/dev/null; then \
		for found in "$(PYTHON)" python3 python3.13 python3.12 python3.11 none; do \
			if "$$found" -c "$$new_enough" >/dev/null 2>&1; then break; fi; \
		done; \
		if [ "$$found" = none ]; then \
			echo "make install: no Python 3.11 or newer found; install one, or name it: make install PYTHON=/path/to/python3" >&2; exit 1; \
		fi; \
		echo "Making $(VENV) with $$found ..."; \
		if ! "$$found" -m venv --clear $(VENV) >>$(INSTALL_LOG) 2>&1; then \
			echo "make install: $$found cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv); see $(INSTALL_LOG)" >&2; exit 1; \
		fi; \
	fi; \
	rm -f $(INSTALLED); \
	echo "Installing the locked requirements ..."; \
	if ! $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --retries 2 \
		--require-hashes --requirement requirements-dev.txt >>$(INSTALL_LOG) 2>&1; then \
		echo "make install: pip could not install the packages (is the network there?): $$(grep -i error $(INSTALL_LOG) | tail -n 1); see $(INSTALL_LOG)" >&2; exit 1; \
	fi; \
	cp requirements-dev.txt $(INSTALLED)

run: install ## Run everything on this machine: services, simulators, API, worker, demo (PORT=8000; EMPTY=1 connects nothing)
	@exec $(BIN)/python -m app.sandbox run --port "$(PORT)" $(if $(EMPTY),--empty)

test: install ## Run the tests
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

screenshots: install ## Take the pictures in docs/screenshots, out of a demo of their own (ARGS=--anew for all)
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m tests.screenshots $(ARGS)

simulate: install ## Live random lives of a shop and its books, and judge how they end (ARGS="--seeds 500 --first 1")
	@$(BIN)/python -m tests.simulation $(ARGS)

year: install ## Live a year of a shop and of books that an accountant signs, 50 orders a day (ARGS="--orders 5 --days 31 --minutes 60 --company us")
	@$(BIN)/python -m tests.year $(ARGS)

tieout: install ## Plant discrepancies behind everybody's back; each is named once (ARGS="--seeds 1000 --first 1")
	@$(BIN)/python -m tests.tieout $(ARGS)

mutants: install ## Take one mend after the other out of a copy, and let a simulated life find each fault (ARGS="a4 a7")
	@$(BIN)/python -m tests.simulation.mutants $(ARGS)

crashpoints: install ## Crash a story at every outside call, resume it and look (ARGS="--every 10" for a sample)
	@$(BIN)/python -m tests.crashpoints $(ARGS)

chaos: install ## Let a storm of kills pass over real processes, and count (ARGS="--short --seed N --keep")
	@$(BIN)/python -m tests.chaos $(ARGS)

attack: install ## Attack real processes without a right, and count what gets through (ARGS="forged --part 0.01")
	@$(BIN)/python -m tests.attack $(ARGS)

bench: install ## Measure, and judge the bounds (ONLY=name, ARGS=--full; ONLY=webhooks or first_sync ARGS="--before REVISION")
	@$(BIN)/python -m tests.bench $(ARGS) $(ONLY)

NODE_CLIENT := tests/sandbox_quickbooks/node
clients: install ## Run clients of other people against the simulated QuickBooks, that of node too (needs npm and the network)
	@command -v npm >/dev/null || { echo "make clients: node and npm are not on this machine; make test runs the clients in Python" >&2; exit 1; }
	@cd $(NODE_CLIENT) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python -m pytest tests/sandbox_quickbooks/test_quickbooks_every_method_of_*.py tests/sandbox_quickbooks/test_quickbooks_third_party_client.py $(ARGS)

lint: install ## Check style, dead code, and that no room imports what it may not
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m vulture
	@$(BIN)/lint-imports

typecheck: install ## Check the types
	@$(BIN)/mypy

format: install ## Mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

UV := .local/uv
COMPILE := $(UV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml
lock: install ## Lock the requirements anew (needs the network)
	@rm -rf $(UV) && $(BIN)/python -m venv $(UV) && $(UV)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt
	@rm -rf $(UV)

# As root the data may lie outside (see app/sandbox/local/binaries.py); the pointer says where.
clean: ## Remove .venv, the caches and all local data
	@if [ -f .local/lock ] && kill -0 "$$(cut -d ' ' -f 1 .local/lock)" 2>/dev/null; then \
		echo "make clean: 'make run' is still up; stop it first" >&2; exit 1; \
	fi
	@if [ -f .local/elsewhere ]; then \
		outside=$$(head -n 1 .local/elsewhere); \
		case "$$outside" in /var/tmp/oncord-services-*|/tmp/oncord-services-*) rm -rf -- "$$outside" ;; esac; \
	fi
	@rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
