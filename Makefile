# `make train` and `make test` set up what is missing. CONTRIBUTING.md explains the rest.

PYTHON ?= python3
LENET5_FUZZ ?= 38
TARGET ?= pickle
SECONDS ?= 1800
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))
NPM := $(shell command -v npm)
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:

# With TORCH=, the goals are made in a copy of this tree; CALLED_FROM is where make was called then.
TORCHES := $(shell awk '/^[0-9]/ { split($$1, v, "."); print v[1] "." v[2] }' crates/torch-twin-build/versions.txt)
ifneq ($(filter-out $(lastword $(TORCHES)),$(TORCH)),)
GOALS := $(or $(MAKECMDGOALS),help)
.PHONY: $(GOALS) other-torch
$(GOALS): other-torch ;
other-torch:
	+@MAKE="$(MAKE)" "$(PYTHON)" tools/other_torch.py "$(TORCH)" $(GOALS)
else

ifdef CALLED_FROM
export CARGO_TARGET_DIR
LENET5 := cd "$(CALLED_FROM)" && "$(CARGO_TARGET_DIR)/release/lenet5"
else
CALLED_FROM := $(CURDIR)
LENET5 := cargo run --release --locked --
endif

# A libtorch of the user's own wins over the one in .venv; an empty LIBTORCH would win too.
ifeq ($(strip $(LIBTORCH)),)
unexport LIBTORCH
ifeq ($(strip $(LIBTORCH_USE_PYTORCH)),)
LIBTORCH_FROM := venv
endif
endif

.PHONY: help train parity test test-build test-rust test-docs test-python test-peers page-test page-docs fingerprints port-matrix \
	soak fuzz fuzz-coverage bench lint page-lint dist build toolchain venv

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo '  make … TORCH=2.11  The same with another PyTorch: $(TORCHES)'

train: build ## Train classic for 5 epochs on MNIST; options: make train ARGS='--epochs 1'
	$(LENET5) train $(ARGS)

parity: build venv ## Compare with PyTorch bit by bit; options: make parity ARGS='--variant modern'
	$(LENET5) parity $(ARGS)

# Words in the names of tests that cargo ignores, by what the machine must have for them.
MNIST := $(wildcard $(LENET5_DATA)/train-images-idx3-ubyte* $(LENET5_DATA)/MNIST/raw/train-images-idx3-ubyte*)
OTHER_USER := $(shell [ "$$(id -u)" = 0 ] && su -s /bin/sh nobody -c 'test -r "$(CURDIR)/Makefile"' 2>/dev/null && echo yes)
DRIVER := $(wildcard /dev/nvidiactl /dev/dxg)
BROWSER := $(if $(CHROMIUM),$(NPM))
INCLUDED := $(if $(MNIST),mnist) $(if $(OTHER_USER),as_another_user) $(if $(DRIVER),,without_a_driver) $(if $(BROWSER),in_chromium)
LEFT_OUT := $(if $(MNIST),,mnist) $(if $(OTHER_USER),,as_another_user) $(if $(DRIVER),without_a_driver) $(if $(BROWSER),,in_chromium (install Chromium, node and npm))

CARGO := --release --locked --workspace --features torch-twin-cli/torchscript
NEXTEST := $(shell cargo nextest --version 2>/dev/null)
# Where nothing is left out, and nextest passes over the programs that only other tests start.
AT_ONCE := $(if $(NEXTEST),$(if $(strip $(LEFT_OUT)),,yes))
RUST_TESTS := $(if $(NEXTEST),cargo nextest run,cargo test --no-fail-fast --all-targets) $(CARGO)
test page-test soak fuzz fuzz-coverage test-rust test-docs test-python: export OMP_WAIT_POLICY = passive

test: test-docs test-python test-rust ## Run every test; with MNIST: LENET5_DATA=FOLDER make test

test-build: toolchain venv
	$(RUST_TESTS) --no-run

test-rust: test-build $(if $(BROWSER),page/node_modules)
	$(if $(NEXTEST),,@echo 'Tests run one by one; faster: cargo install --locked cargo-nextest')
	@echo 'Tests of what this machine lacks are left out: $(or $(strip $(LEFT_OUT)),none)'
	$(if $(AT_ONCE),,$(if $(strip $(INCLUDED)),LENET5_CHROMIUM="$(CHROMIUM)" $(RUST_TESTS) -- --ignored $(INCLUDED)))
	$(if $(AT_ONCE),LENET5_CHROMIUM="$(CHROMIUM)") $(RUST_TESTS) $(if $(AT_ONCE),-- --include-ignored)

test-docs: test-build
	cargo test $(CARGO) --doc

test-python: test-build
	$(VENV_PYTHON) -m pytest -rs python_ref python tools benches

test-peers: toolchain venv ## Test the other frameworks of `make bench ARGS='--only peers'`
	cargo test --locked --manifest-path benches/peers/Cargo.toml

page-test: test-build page/node_modules ## Try the pages in Chromium; another: CHROMIUM=PATH
	@test -n "$(CHROMIUM)" || { echo "error: no Chromium: install it, or name it in CHROMIUM" >&2; exit 1; }
	LENET5_CHROMIUM="$(CHROMIUM)" $(RUST_TESTS) -- --ignored in_chromium

page-docs: build venv page/node_modules ## Make docs/lenet5.html of the weights in it anew, and its picture
	$(VENV_PYTHON) tools/page_weights.py docs/lenet5.html target/page-weights
	target/release/lenet5 page target/page-weights/*.safetensors --out docs/lenet5.html --force
	LENET5_CHROMIUM="$(CHROMIUM)" node page/test/picture.js docs/lenet5.html docs/page.png

page/node_modules: page/package-lock.json
	@command -v npm >/dev/null || { echo "error: no npm: install node 20 or newer with npm" >&2; exit 1; }
	npm ci --prefix page --ignore-scripts --no-audit --no-fund
	@touch page/node_modules

port-matrix: test-build ## Port the networks of tools/ports, prove each, write docs/ports.md; some: make port-matrix ARGS='gpt resnet18'
	$(VENV_PYTHON) tools/port_matrix.py $(ARGS)

fingerprints: build venv ## Make docs/fingerprints.md of this machine and this torch anew
	$(VENV_PYTHON) tools/fingerprints.py "$(CALLED_FROM)/docs"

soak: toolchain venv ## Kill trainings 200 times and see that they end with the same bits
	LENET5_KILLS=200 cargo test $(CARGO) --test training kill -- --nocapture

fuzz: toolchain venv ## Compare 20,900 random convolutions and poolings, then read a million mutated files
	LENET5_FUZZ=$(LENET5_FUZZ) cargo test $(CARGO) --test pytorch --test files fuzz:: -- --nocapture

fuzz-coverage: toolchain venv ## Fuzz a reader by coverage: make fuzz-coverage TARGET=pickle SECONDS=1800
	@command -v cargo-fuzz >/dev/null || { echo "error: no cargo-fuzz: cargo install --locked cargo-fuzz" >&2; exit 1; }
	$(VENV_PYTHON) fuzz/make_corpus.py
	cd fuzz && RUSTC_BOOTSTRAP=1 TMPDIR=$(or $(wildcard /dev/shm),/tmp) cargo fuzz run --sanitizer none $(TARGET) -- \
		-max_total_time=$(SECONDS) -rss_limit_mb=2048 -timeout=10 -max_len=65536

bench: build venv ## Time lenet5 beside PyTorch; one row: make bench ARGS='--only NAME', all: ARGS=--list
	@$(VENV_PYTHON) benches/bench.py $(ARGS)

dist: build venv ## Pack lenet5 with all that it needs, as a folder in dist/ and as .tar.zst
	@$(VENV_PYTHON) tools/dist/pack.py $(ARGS)

lint: toolchain venv $(if $(NPM),page-lint) ## Check formatting, clippy, rustdoc, ruff and prettier
	cargo fmt --all --check
	cargo fmt --manifest-path benches/peers/Cargo.toml --check
	cargo fmt --manifest-path benches/peers/tch/Cargo.toml --check
	cargo clippy $(CARGO),torch-twin/doc-only --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(CARGO),torch-twin/doc-only --no-deps
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(if $(NPM),,@echo 'Without npm the JavaScript of page/ was not checked')

page-lint: page/node_modules
	npm run --prefix page --silent lint

build: toolchain $(LIBTORCH_FROM) ## Build target/release/lenet5
	cargo build --release --locked $(CARGO_ARGS)

venv: ## Set up .venv, which holds PyTorch; another Python: make venv PYTHON=python3.12
	@command -v "$(PYTHON)" >/dev/null || { echo "error: no $(PYTHON): install Python 3.10 or newer, or name it with PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_venv.py

toolchain:
	@command -v cargo >/dev/null || { echo "error: cargo was not found: install Rust" >&2; exit 1; }
	@$${CXX:-c++} --version >/dev/null 2>&1 || { echo "error: $${CXX:-c++} does not run: install a C++ compiler, or name it in CXX" >&2; exit 1; }
endif
