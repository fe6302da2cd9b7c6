# Everything that a developer, a newcomer and CI run; each command is defined once, here.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3.12 python3.13 python3.11 python3; do \
	command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$name; break; }; done)
PACKAGES := api cli dispatch drawing florescope jobs ml store workers
SOURCES := $(PACKAGES) bench docs examples settings.py tests
# Where it is set, every process would compile all of TensorFlow anew.
unexport PYTHONDONTWRITEBYTECODE

# Real data beside the checkout is used by the tests that need it.
DATA := $(wildcard ../shared/data)
ifneq ($(DATA),)
test bench-audit bench-explain bench-gpu bench-train: export TFDS_DATA_DIR ?= $(abspath $(DATA)/tfds)
test bench-audit bench-explain bench-gpu bench-train: export FLORESCOPE_WEIGHTS_DIR ?= $(abspath $(DATA)/weights)
endif

# TensorFlow keeps memory as in children of compute workers (workers/process/tensor_memory.py).
test test-ml test-system bench-audit bench-explain bench-gpu bench-train: export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1
test test-ml test-system bench-audit bench-explain bench-gpu bench-train: export TF_CPU_ALLOCATOR_USE_BFC ?= 1

.PHONY: install test test-fast lint check bench-audit bench-explain bench-page bench-scale bench-train soak peers demo up code-version requirements clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Florescope needs Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# On two cores three take about 25 minutes, since many tests wait for processes; each takes up to 3 GiB.
WORKERS ?= 3

test: install
	$(BIN)/pytest -n $(WORKERS)

# Before each commit: whatever neither loads TensorFlow nor starts a process.
test-fast: install
	$(BIN)/pytest -n $(WORKERS) --fast -r fE

lint: install
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

# CI runs the tests in parts. `make test` runs them all, those on real data too.
.PHONY: test-ml test-browser test-system
test-ml: install
	$(BIN)/pytest -m "not real_data" tests/unit/ml tests/integration/workers

test-browser: install
	$(BIN)/pytest -m browser

# Whatever the two above leave, so that no test is in no part.
test-system: install
	$(BIN)/pytest -m "not real_data and not browser" --ignore=tests/unit/ml --ignore=tests/integration/workers

# Six minutes on two free cores with a fast network, 15 GB under /tmp, and root: both images are built with buildah and all services started from them.
.PHONY: test-images
test-images: install
	$(BIN)/pytest --images tests/images
	@cat var/images.json 2>/dev/null || true

# The site of docs/ and the reference, in var/docs-site; a warning fails it.
.PHONY: docs
docs: var/venvs/docs/.installed
	rm -rf docs/reference var/docs-site var/docs-trees
	var/venvs/docs/bin/sphinx-build -q -W --keep-going -j auto -c docs -d var/docs-trees . var/docs-site
	@echo "var/docs-site/index.html"

# dist/, and the notes of the version from CHANGELOG.md; TAG=v0.1.0 must be the version that is built.
.PHONY: dist audit pre-commit
dist: TOOLS := var/venvs/tools/bin
dist: var/venvs/tools/.installed
	@version=$$($(TOOLS)/hatchling version) && notes=var/release-notes.md && \
	if [ -n "$(TAG)" ] && [ "$(TAG)" != "v$$version" ]; then \
		echo "the tag is $(TAG), and the version is $$version: tag v$$version, or change the version" >&2; exit 1; \
	fi && \
	awk -v version="$$version" '/^## / { wanted = $$2 == version; next } wanted' CHANGELOG.md > $$notes && \
	if ! grep -q . $$notes; then echo "CHANGELOG.md says nothing of $$version" >&2; exit 1; fi
	rm -rf dist
	$(TOOLS)/hatchling build

# Known vulnerabilities of what the images and the tests install; asks a public database.
audit: var/venvs/tools/.installed
	for file in requirements/*.txt; do \
		echo "$$file"; var/venvs/tools/bin/pip-audit --strict --disable-pip --require-hashes -r $$file || failed=1; \
	done; test -z "$$failed"

# Git then runs `make lint` and `make test-fast` before each commit.
pre-commit: var/venvs/tools/.installed
	var/venvs/tools/bin/pre-commit install

var/venvs/%/.installed: requirements/%.txt
	@test -n "$(PYTHON)" || { echo "Florescope needs Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv var/venvs/$*
	var/venvs/$*/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Half an hour on two cores: models in whose training something was planted, and clean ones, are audited. The real
# flowers are left out where they are not on disk. FIGURES="shortcut_recall false_alarms" prints some.
bench-audit: install
	$(BIN)/python -m bench.audit.main $(FIGURES)

# Ratios within one run; the reference is made once, in about 20 minutes, and kept under var/bench.
# FIGURES="job_ratio rss_growth" measures some.
bench-explain: install peers
	$(BIN)/python -m bench.explain.main $(FIGURES)

# What others compute, in an environment of its own: it needs an older TensorFlow.
peers: bench/peers/.venv/.installed

bench/%/.venv/.installed: bench/%/requirements.txt
	@test -n "$(PYTHON)" || { echo "bench/$* needs Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv bench/$*/.venv
	bench/$*/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# The compiled functions, run by JAX on this machine's GPU or its CPU: docs/gpu.md. On a CPU: BATCH_SIZES=32 CALLS=3
.PHONY: bench-gpu gpu-runner
bench-gpu: BATCH_SIZES ?= 32 128 256
bench-gpu: CALLS ?= 20
bench-gpu: install gpu-runner
	rm -rf var/bench/gpu
	$(BIN)/python -m bench.gpu.export var/bench/gpu --batch-sizes $(BATCH_SIZES)
	bench/gpu/.venv/bin/python -m bench.gpu.run var/bench/gpu --calls $(CALLS)

# JAX, in an environment of its own.
gpu-runner: bench/gpu/.venv/.installed

# Ten minutes and 5 GB of disk on two cores: jobs of up to a million images are made up, finalized and looked into.
bench-scale: install
	$(BIN)/python -m bench.scale.main $(FIGURES)

# Two minutes on two cores, and Chromium: how soon pages of a job of 100,000 images are there.
bench-page: install
	$(BIN)/python -m bench.page.main $(FIGURES)

# A minute or two: what it costs that many people share an installation.
.PHONY: bench-shared
bench-shared: install
	$(BIN)/python -m bench.shared.main $(FIGURES)

# A quarter of an hour: workers come and go while jobs run, logs of a minute in which nothing happens, and a scrape of /metrics.
.PHONY: bench-churn
bench-churn: install
	$(BIN)/python -m bench.churn.main $(FIGURES)

# About an hour and a half on two cores, most of it the fine-tuning; FIGURES="frozen_speedup input_ratio" measures some.
bench-train: install
	$(BIN)/python -m bench.train.main $(FIGURES)

# Jobs under seeded faults; then all jobs are waited for. Fails if a promise was broken. Logs lie in var/soak.
soak: MINUTES ?= 10
soak: SEED ?= 7
soak: install
	$(BIN)/python -m bench.soak.main --minutes $(MINUTES) --seed $(SEED)

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
	for group in docs tools; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links --group $$group -o requirements/$$group.txt || exit 1; \
	done
	cd bench/peers && uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --override overrides.txt requirements.in -o requirements.txt
	cd bench/gpu && uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt

clean:
	rm -rf $(VENV) bench/gpu/.venv bench/peers/.venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
