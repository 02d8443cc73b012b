# A fresh clone needs Python with pip and venv, and a Rust toolchain; the rest is installed into
# .venv in the clone. Each step leaves a stamp in .venv/stamps and is not repeated while what it
# depends on is unchanged. The environment (THALWEG_ISA, THALWEG_NUM_THREADS, CARGO_TARGET_DIR, …)
# reaches every program started here.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
WHEELS := target/wheels
GOAL := $(or $(firstword $(MAKECMDGOALS)),help)

# rustup installs here; a shell opened before the installation does not know it yet.
export PATH := $(PATH):$(HOME)/.cargo/bin
# The interpreter of the build is the one of the tests, whatever `python3` is on the PATH.
export PYO3_PYTHON := $(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIP_INSTALL := $(BIN)/python -m pip install --quiet
# Everything that ends up in the wheel. Directories too: a deleted file changes its directory.
SOURCES := Cargo.toml Cargo.lock pyproject.toml README.md LICENSE \
	$(shell find rust python -not -path '*/__pycache__*')
MAX_WHEEL_BYTES := 5000000
# PyTorch, for the benches: a gigabyte and more, hence outside the clone.
TORCH_ENV ?= $(HOME)/.cache/thalweg/torch
ifneq ($(wildcard $(TORCH_ENV)/bin/python),)
export THALWEG_BENCH_TORCH ?= $(TORCH_ENV)/bin/python
endif

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(STAMPS)/demo ## Train on digits with live progress, beside scikit-learn, and draw the loss curve
	@# These two force an old OpenBLAS kernel on scikit-learn, where they are set.
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python -m thalweg demo

.PHONY: test
test: $(STAMPS)/test ## Run cargo's tests, then pytest against the installed package (PYTEST="-k name")
	@# With an inaccessible page behind every buffer of the kernels' tests (rust/kernels/tests/common/fence.rs).
	THALWEG_FENCE=after RUST_BACKTRACE=0 cargo test --workspace --exclude thalweg-python --locked
	$(BIN)/python -m pytest $(PYTEST)

.PHONY: fences
fences: | have-rust ## Run the kernels' tests with an inaccessible page before every buffer, then behind it
	for side in before after; do \
		THALWEG_FENCE=$$side RUST_BACKTRACE=0 cargo test -p thalweg-kernels --locked; done

# Instrumented code of its own directory; the standard library stays as it is.
.PHONY: asan
asan: | have-rust ## Run the kernels' tests under AddressSanitizer
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_PROFILE_DEV_OPT_LEVEL=1 \
		CARGO_TARGET_DIR=$(or $(CARGO_TARGET_DIR),target)/asan \
		cargo test -p thalweg-kernels --locked --target $(shell rustc -vV | sed -n 's/^host: //p')

.PHONY: lint
lint: $(STAMPS)/lint ## Check rustfmt, clippy, ruff, mypy, and the stub of the extension module
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest thalweg._core

.PHONY: bench
bench: $(STAMPS)/bench ## Time epochs and products beside the peers (ARGS="--quick --workload digits")
	$(BIN)/python benches/compare.py $(ARGS)

.PHONY: picture
picture: $(STAMPS)/bench ## Draw docs/performance.svg from what the last make bench measured
	$(BIN)/python benches/picture.py

.PHONY: torch
torch: $(STAMPS)/venv ## Install PyTorch outside the clone, where the benches find it
	$(PYTHON) -m venv "$(TORCH_ENV)"
	"$(TORCH_ENV)/bin/python" -m pip install --quiet torch scikit-learn threadpoolctl

.PHONY: products
products: $(STAMPS)/bench ## Time matrix products beside the FMA limit and the peers
	$(BIN)/python benches/products.py $(ARGS)

.PHONY: linear
linear: $(STAMPS)/bench ## Time linear models beside scikit-learn (ARGS="--quick --workload hinge")
	$(BIN)/python benches/linear.py $(ARGS)

.PHONY: docs
docs: $(STAMPS)/package ## Write docs/optimizers.md anew from the docstrings of the optimizers
	$(BIN)/python docs/generate_optimizers.py

.PHONY: wheel
wheel: $(STAMPS)/portable ## Build the portable wheel into dist/, print its size, hold it under 5 MB
	rm -rf dist
	@# maturin asks the first python on the PATH for zig.
	PATH="$(BIN):$$PATH" maturin build --release --locked --out dist $(PORTABLE)
	@for wheel in dist/*.whl; do \
		bytes=$$(wc -c < "$$wheel"); \
		awk -v name="$$wheel" -v bytes="$$bytes" 'BEGIN { printf "%s: %.2f MB\n", name, bytes / 1e6 }'; \
		if [ "$$bytes" -ge $(MAX_WHEEL_BYTES) ]; then echo "$$wheel is not under 5 MB" >&2; exit 1; fi; \
	done

.PHONY: clean
clean: ## Remove what was built: .venv, target, dist and the caches
	rm -rf .venv target dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- Requirements, checked before anything is downloaded -----------------------------------------

.PHONY: have-rust
have-rust:
	@cargo --version >/dev/null 2>&1 || { \
		echo "thalweg needs a Rust toolchain to build: install it from https://rustup.rs," \
			"then run make $(GOAL) again" >&2; exit 1; }

.PHONY: have-python
have-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "thalweg needs Python 3.11 or newer: install it, or name it (make $(GOAL)" \
			"PYTHON=/path/to/python3), then run make $(GOAL) again" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "thalweg needs Python's venv and pip: install them (Debian and Ubuntu: apt install" \
			"python3-venv), then run make $(GOAL) again" >&2; exit 1; }

# ---- Steps, each with its stamp ------------------------------------------------------------------

# The checks come first on every path but do not make a step out of date, hence order-only.
$(STAMPS)/venv: | have-rust have-python
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMPS)
	touch $@

$(STAMPS)/maturin: pyproject.toml $(STAMPS)/venv | have-rust
	@echo "installing maturin into .venv"
	$(PIP_INSTALL) 'maturin>=1.9.4,<2'
	touch $@

# A release wheel, installed as a user would install it. Reinstalled by force, since pip takes an
# unchanged version for an unchanged package.
$(STAMPS)/package: $(SOURCES) $(STAMPS)/maturin | have-rust
	rm -rf $(WHEELS)
	$(BIN)/maturin build --release --locked --compatibility off --interpreter $(BIN)/python --out $(WHEELS)
	@echo "installing the wheel and what it depends on into .venv"
	$(PIP_INSTALL) $(WHEELS)/*.whl
	$(PIP_INSTALL) --force-reinstall --no-deps $(WHEELS)/*.whl
	touch $@

# The extras of pyproject.toml.
$(STAMPS)/demo $(STAMPS)/test $(STAMPS)/lint $(STAMPS)/bench: $(STAMPS)/package
	@echo "installing the $(@F) extra into .venv"
	$(PIP_INSTALL) "$$(echo $(WHEELS)/*.whl)[$(@F)]"
	touch $@

# zig links against the C library of an old Linux, so that the wheel runs on every newer one.
ifeq ($(shell uname -s),Linux)
PORTABLE := --zig --compatibility manylinux2014
$(STAMPS)/portable: $(STAMPS)/maturin
	@echo "installing zig into .venv"
	$(PIP_INSTALL) 'ziglang>=0.13'
	touch $@
else
$(STAMPS)/portable: $(STAMPS)/maturin
	touch $@
endif
