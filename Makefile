# Everything that a developer, a newcomer and CI run; each command is defined once, here.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3.12 python3.13 python3.11 python3; do \
	command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$name; break; }; done)
PACKAGES := api cli dispatch jobs ml store workers
SOURCES := $(PACKAGES) bench docs settings.py tests

# Real data beside the checkout is used by the tests that need it.
DATA := $(wildcard ../shared/data)
ifneq ($(DATA),)
test bench-explain bench-train: export TFDS_DATA_DIR ?= $(abspath $(DATA)/tfds)
test bench-explain bench-train: export FLORESCOPE_WEIGHTS_DIR ?= $(abspath $(DATA)/weights)
endif

.PHONY: install test lint check bench-explain bench-train peers demo up code-version requirements clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Florescope needs Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test: install
	$(BIN)/pytest

lint: install
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

# Ratios within one run; the reference is made once, in about half an hour, and kept under var/bench.
# FIGURES="job_ratio rss_growth" measures some.
bench-explain: install peers
	$(BIN)/python -m bench.explain.main $(FIGURES)

# What others compute, in an environment of its own: it needs an older TensorFlow.
peers: bench/peers/.venv/.installed

bench/peers/.venv/.installed: bench/peers/requirements.txt
	@test -n "$(PYTHON)" || { echo "the peers need Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv bench/peers/.venv
	bench/peers/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# About an hour and a half on two cores, most of it the fine-tuning; FIGURES="frozen_speedup input_ratio" measures some.
bench-train: install
	$(BIN)/python -m bench.train.main $(FIGURES)

# Records name the code that made them: its version and, in a checkout, its commit.
VERSION = $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' jobs/version.py)
COMMIT = $(shell test -e .git && git describe --always --exclude='*' --abbrev=12 --dirty=.dirty 2>/dev/null)
demo up: export FLORESCOPE_CODE_VERSION ?= $(VERSION)$(addprefix +,$(COMMIT))

code-version:
	@echo $(VERSION)$(addprefix +,$(COMMIT))

demo: install
	$(BIN)/florescope demo

up: install
	$(BIN)/florescope up

# Needs uv (https://docs.astral.sh/uv) on the PATH; no index address goes into the files.
requirements:
	for group in api cpu gpu flower dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links --group $$group pyproject.toml -o requirements/$$group.txt || exit 1; \
	done
	cd bench/peers && uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --override overrides.txt requirements.in -o requirements.txt

clean:
	rm -rf $(VENV) bench/peers/.venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
