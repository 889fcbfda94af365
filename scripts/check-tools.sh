#!/usr/bin/env bash
# Says what a person must install before `make` can do anything: cargo and Node.js, each new enough.
set -euo pipefail

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

fail=0
rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if ! command -v cargo >/dev/null; then
  echo "cargo is missing: install Rust $rust or newer (rustup)." >&2
  fail=1
elif ! at_least "$rust" "$(rustc --version | cut -d ' ' -f 2)"; then
  echo "$(rustc --version) is too old: Rust $rust or newer is needed." >&2
  fail=1
fi
node=20.19
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "node or npm is missing: install Node.js $node or newer." >&2
  fail=1
elif ! at_least "$node" "$(node --version | tr -d v)"; then
  echo "Node.js $(node --version) is too old: $node or newer is needed." >&2
  fail=1
fi
exit "$fail"
