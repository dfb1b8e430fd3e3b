# make run    six sample articles become pairs in output/
# make test   every test
# make check  what CI runs: format, lint, types, every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: run test check clean

run: $(INSTALLED)
	$(BIN)/seedsum run input/

test: $(INSTALLED)
	$(BIN)/pytest

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

# torch first and alone: asked for with its exact version, pip takes one build and nothing else.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "seedsum needs Python 3.11 or later; set PYTHON="'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,evaluation]'
	touch $@

clean:
	rm -rf $(VENV) output .mypy_cache .pytest_cache .ruff_cache .hypothesis
