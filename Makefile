# make run    six sample articles become pairs in output/
# make test   every test but those marked slow
# make check  what CI runs: format, lint, types, every test, the documentation as a site
# make docs   the documentation as a site, in build/site
# make dist   sdist and wheel, in dist/ (RELEASING.md)
# make readme the README's excerpt of a run and its picture again, after a change of models or of pages
#
# PyTorch's usual build for Linux brings some 3 GB of libraries for GPUs. On a machine without one, take it from
# another package index: make run TORCH_INDEX=ADDRESS (the README names PyTorch's own for CPUs).
PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
#: Tests at a time; one for each core by default.
WORKERS ?= auto
# One that was ended is not replaced: the run would not end then, and would not say which test it was.
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadgroup --max-worker-restart 0
#: A dead link or anchor, or a page outside the navigation, is an error. The variable takes off an advertisement.
SITE := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: run test check docs dist readme clean

run: $(INSTALLED)
	$(BIN)/seedsum run input/ --fail-on none

test: $(INSTALLED_DEV)
	$(PYTEST) -m "not slow"

check: $(INSTALLED_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(SITE)
	$(PYTEST)

docs: $(INSTALLED_DEV)
	$(SITE)

dist: $(INSTALLED_DEV)
	rm -rf dist
	$(BIN)/hatchling build

readme: $(INSTALLED_DEV)
	$(BIN)/python tests/readme_excerpt.py

# torch first and alone: asked for with its exact version, pip takes one build and nothing else.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "seedsum needs Python 3.11 or later; set PYTHON="'
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(grep '^torch==' constraints.txt)"
	$(PIP) --constraint constraints.txt --editable '.[formats,review]'
	touch $@

# What the tests need besides takes 1 GB: a browser's driver, servers, a cluster.
$(INSTALLED_DEV): $(INSTALLED)
	$(PIP) --constraint constraints.txt --editable '.[dev,docs,evaluation,formats,review]'
	touch $@

# What people said of pairs (output/reviews) is no product of a run, and stays.
clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build
	if [ -d output ]; then find output -mindepth 1 -maxdepth 1 ! -name reviews -exec rm -rf {} +; fi
