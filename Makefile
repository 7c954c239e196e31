# The two commands that matter: `make train` and `make test`. They set up what is missing.

PYTHON ?= python3
ARGS ?=
LENET5_FUZZ ?= 20
VENV_PYTHON := .venv/bin/python

# A libtorch of the user's own, in an exported LIBTORCH, wins over the one in .venv. An empty
# one would win too, and then there is none.
ifeq ($(strip $(LIBTORCH)),)
unexport LIBTORCH
LIBTORCH_FROM := venv
endif

.PHONY: help train test soak fuzz bench lint build tools venv
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

train: tools $(LIBTORCH_FROM) ## Train classic for 5 epochs on MNIST; options: make train ARGS='--epochs 1'
	cargo run --release --locked -- train $(ARGS)

# On a machine that is busy with other things, waiting by spinning would take many times longer.
test soak fuzz: export OMP_WAIT_POLICY = passive

test: tools venv ## Run every test, Rust's and Python's
	cargo test --release --locked --no-fail-fast
	$(VENV_PYTHON) -m pytest python_ref tools

soak: tools venv ## Kill trainings 200 times and see that they end with the same bits
	LENET5_KILLS=200 cargo test --release --locked --test durable kill -- --nocapture

fuzz: tools venv ## Read 20 times as many mutated files as make test does; more: LENET5_FUZZ=100
	LENET5_FUZZ=$(LENET5_FUZZ) cargo test --release --locked --test fuzz -- --nocapture

bench: build venv ## Time an epoch of lenet5 and of the PyTorch reference; MNIST from LENET5_DATA
	$(VENV_PYTHON) benches/epoch.py $(ARGS)

lint: tools venv ## Check formatting, clippy, rustdoc and ruff
	cargo fmt --check
	cargo clippy --release --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .

build: tools $(LIBTORCH_FROM) ## Build target/release/lenet5
	cargo build --release --locked

venv: ## Set up .venv, which holds PyTorch; another Python: make venv PYTHON=python3.12
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "error: $(PYTHON) was not found: install Python 3.10 or newer, or name it with PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_venv.py

tools:
	@command -v cargo >/dev/null || \
		{ echo "error: cargo was not found: install Rust" >&2; exit 1; }
	@$${CXX:-c++} --version >/dev/null 2>&1 || \
		{ echo "error: $${CXX:-c++} does not run: install a C++ compiler, or name it in CXX" >&2; exit 1; }
