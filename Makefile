# The two commands that matter: `make train` and `make test`. They set up what is missing.

PYTHON ?= python3
ARGS ?=
LENET5_FUZZ ?= 38
TARGET ?= pickle
SECONDS ?= 1800
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := help

# Another PyTorch, as in `make train TORCH=2.11`: the goals are made in a copy of this tree, which has an
# environment, a Cargo.lock and a target folder of its own. CALLED_FROM is where make was called then.
TORCHES := $(shell awk '/^[0-9]/ { split($$1, v, "."); print v[1] "." v[2] }' crates/torch-twin-build/versions.txt)
TORCH ?=
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

# A libtorch of the user's own, in an exported LIBTORCH or in the active Python by
# LIBTORCH_USE_PYTORCH, wins over the one in .venv. An empty LIBTORCH would win too, and then there is none.
ifeq ($(strip $(LIBTORCH)),)
unexport LIBTORCH
ifeq ($(strip $(LIBTORCH_USE_PYTORCH)),)
LIBTORCH_FROM := venv
endif
endif

.PHONY: help train parity test page-test page-docs fingerprints soak fuzz fuzz-coverage bench lint page-lint dist build toolchain venv

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo '  make … TORCH=2.11  The same with another PyTorch: $(TORCHES)'

train: build ## Train classic for 5 epochs on MNIST; options: make train ARGS='--epochs 1'
	$(LENET5) train $(ARGS)

parity: build venv ## Compare with PyTorch bit by bit; options: make parity ARGS='--variant modern'
	$(LENET5) parity $(ARGS)

# On a machine that is busy with other things, waiting by spinning would take many times longer.
test page-test soak fuzz fuzz-coverage: export OMP_WAIT_POLICY = passive

# Tests that need what not every machine has are ignored by cargo, and included here by a word of
# their names: MNIST in LENET5_DATA, root's right to act as another user, no NVIDIA driver. The page
# has its own target, since node's packages are set up for it.
MNIST := $(wildcard $(LENET5_DATA)/train-images-idx3-ubyte* $(LENET5_DATA)/MNIST/raw/train-images-idx3-ubyte*)
OTHER_USER := $(shell [ "$$(id -u)" = 0 ] && su -s /bin/sh nobody -c 'test -r "$(CURDIR)/Makefile"' 2>/dev/null && echo yes)
NPM := $(shell command -v npm)
BROWSER := $(if $(CHROMIUM),$(NPM))
DRIVER := $(wildcard /dev/nvidiactl /dev/dxg)
INCLUDED := $(if $(MNIST),mnist) $(if $(OTHER_USER),as_another_user) $(if $(DRIVER),,without_a_driver)
LEFT_OUT := $(if $(MNIST),,mnist) $(if $(OTHER_USER),,as_another_user) $(if $(DRIVER),without_a_driver) $(if $(BROWSER),,in_chromium (install Chromium, node and npm))

# What .cargo/config.toml says of threads is for tests that compute in their own process. Those of these files
# start the program, and run two at a time.
OF_PROGRAM := program
FOLDERS := tests $(wildcard crates/*/tests)
FILES := $(basename $(notdir $(wildcard $(addsuffix /*.rs,$(FOLDERS))))) \
	$(notdir $(patsubst %/main.rs,%,$(wildcard $(addsuffix /*/main.rs,$(FOLDERS)))))
CARGO_TEST := cargo test --release --locked --workspace --features torch-twin/cli --no-fail-fast

test: toolchain venv ## Run every test, Rust's and Python's; with MNIST: LENET5_DATA=FOLDER make test
	RUST_TEST_THREADS=2 $(CARGO_TEST) $(addprefix --test ,$(OF_PROGRAM))
	$(CARGO_TEST) --lib --bins $(addprefix --test ,$(filter-out $(OF_PROGRAM),$(FILES)))
	$(CARGO_TEST) --doc
	$(if $(strip $(INCLUDED)),$(CARGO_TEST) -- --ignored $(INCLUDED))
	@echo 'Tests of what this machine lacks were left out: $(or $(strip $(LEFT_OUT)),none)'
	cargo test --locked --manifest-path benches/peers/Cargo.toml
	$(VENV_PYTHON) -m pytest -rs python_ref tools benches
	$(if $(BROWSER),$(MAKE) page-test)

page-test: toolchain venv page/node_modules ## Try the page of `lenet5 page` in Chromium; another: CHROMIUM=PATH
	@test -n "$(CHROMIUM)" || \
		{ echo "error: Chromium was not found: install it (on Debian: the package chromium), or name it in CHROMIUM" >&2; exit 1; }
	LENET5_CHROMIUM="$(CHROMIUM)" $(CARGO_TEST) --test program in_chromium -- --ignored --nocapture
	LENET5_CHROMIUM="$(CHROMIUM)" $(CARGO_TEST) --test traces in_chromium -- --ignored

page-docs: build venv page/node_modules ## Make docs/lenet5.html of the weights in it anew, and its picture
	$(VENV_PYTHON) tools/page_weights.py docs/lenet5.html target/page-weights
	target/release/lenet5 page target/page-weights/*.safetensors --out docs/lenet5.html --force
	LENET5_CHROMIUM="$(CHROMIUM)" node page/test/picture.js docs/lenet5.html docs/page.png

page/node_modules: page/package-lock.json
	@command -v npm >/dev/null || \
		{ echo "error: npm was not found: install node 20 or newer with npm" >&2; exit 1; }
	npm ci --prefix page --ignore-scripts --no-audit --no-fund
	@touch page/node_modules

fingerprints: build venv ## Make docs/fingerprints.md of this machine and this torch anew
	$(VENV_PYTHON) tools/fingerprints.py "$(CALLED_FROM)/docs"

soak: toolchain venv ## Kill trainings 200 times and see that they end with the same bits
	LENET5_KILLS=200 cargo test --release --locked --test training kill -- --nocapture

fuzz: toolchain venv ## Compare 20,900 random convolutions and poolings, then read a million mutated files
	LENET5_FUZZ=$(LENET5_FUZZ) $(CARGO_TEST) --test pytorch kernel_fuzz -- --nocapture
	LENET5_FUZZ=$(LENET5_FUZZ) cargo test --release --locked --test files fuzz -- --nocapture

# The instrumentation is unstable, which the stable compiler has to be told to take.
fuzz-coverage: export RUSTC_BOOTSTRAP = 1
fuzz-coverage: toolchain venv ## Fuzz a reader by coverage: make fuzz-coverage TARGET=pickle SECONDS=1800
	@command -v cargo-fuzz >/dev/null || \
		{ echo "error: cargo-fuzz was not found: cargo install --locked cargo-fuzz" >&2; exit 1; }
	$(VENV_PYTHON) fuzz/make_corpus.py
	cd fuzz && TMPDIR=$(or $(wildcard /dev/shm),/tmp) cargo fuzz run --sanitizer none $(TARGET) -- \
		-max_total_time=$(SECONDS) -rss_limit_mb=2048 -timeout=10 -max_len=65536

bench: build venv ## Time lenet5 beside PyTorch; one row: make bench ARGS='--only NAME', all: ARGS=--list
	@$(VENV_PYTHON) benches/bench.py $(ARGS)

dist: build venv ## Pack lenet5 with all that it needs, as a folder in dist/ and as .tar.zst
	@$(VENV_PYTHON) tools/dist/pack.py $(ARGS)

lint: toolchain venv $(if $(NPM),page-lint) ## Check formatting, clippy, rustdoc, ruff and prettier
	cargo fmt --all --check
	cargo fmt --manifest-path benches/peers/Cargo.toml --check
	cargo fmt --manifest-path benches/peers/tch/Cargo.toml --check
	cargo clippy --release --locked --workspace --features torch-twin/cli --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --workspace --no-deps
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(if $(NPM),,@echo 'Without npm the JavaScript of page/ was not checked')

page-lint: page/node_modules
	npm run --prefix page --silent lint

build: toolchain $(LIBTORCH_FROM) ## Build target/release/lenet5
	cargo build --release --locked

venv: ## Set up .venv, which holds PyTorch; another Python: make venv PYTHON=python3.12
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "error: $(PYTHON) was not found: install Python 3.10 or newer, or name it with PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_venv.py

toolchain:
	@command -v cargo >/dev/null || \
		{ echo "error: cargo was not found: install Rust" >&2; exit 1; }
	@$${CXX:-c++} --version >/dev/null 2>&1 || \
		{ echo "error: $${CXX:-c++} does not run: install a C++ compiler, or name it in CXX" >&2; exit 1; }
endif
