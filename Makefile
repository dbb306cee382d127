# The commands of this repository; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
DISTRIBUTIONS := books clients/amazon-sp clients/xero tap-amazon-sp tap-xero transforms target-xero \
	target-amazon-sp reconcile
# A process for each core; a module's tests stay together (tests/conftest.py).
SPREAD := -n auto --no-loadscope-reorder
SOURCES := $(DISTRIBUTIONS) simulators demo benchmarks tests docs

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo demo-prices simulators preview test golden slow check bench settings format clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

install: $(VENV)/installed ## a .venv with Meltano, then every plugin in a venv of its own

$(VENV)/installed: constraints.txt meltano.yml $(addsuffix /pyproject.toml,$(DISTRIBUTIONS))
	$(PYTHON) -m venv $(VENV)
	$(PIP) meltano rich -e books
	$(BIN)/meltano install
	touch $@

install-dev: install $(VENV)/installed-dev

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) -r requirements-dev.txt $(addprefix -e ,$(DISTRIBUTIONS))
	touch $@

demo: install ## a seller's month from Amazon to Xero on simulators, with the proof
	$(BIN)/python -m demo

demo-prices: install ## item prices from Xero to Amazon's listings: preview, apply, read back
	$(BIN)/python -m demo.prices

simulators: install ## start both simulators and leave them running for runs of your own
	$(BIN)/python -m simulators serve

preview: install ## write the documents to output/*.jsonl instead of posting them
	mkdir -p output
	$(BIN)/meltano run tap-amazon-sp mapper target-jsonl

test: install-dev ## all tests but the slow proofs
	$(BIN)/python -m pytest -m "not slow" $(SPREAD)

golden: install-dev ## rewrite the expected books of the golden settlements; read them before you commit
	GOLDEN=write $(BIN)/python -m pytest -q tests/golden
	git diff --stat tests/golden

slow: install-dev ## the slow proofs
	$(BIN)/python -m pytest -m slow $(SPREAD)

check: install-dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)

bench: install-dev ## the figures of the benchmarks, each beside its yardstick
	$(BIN)/python -m benchmarks

settings: install-dev ## write every plugin's settings into meltano.yml and docs/settings.md
	$(BIN)/python docs/settings.py

format: install-dev ## let ruff format and mend the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the other commands made, but not your books in data/
	rm -rf $(VENV) .meltano .mypy_cache .pytest_cache .ruff_cache .hypothesis output
