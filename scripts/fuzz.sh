#!/usr/bin/env bash
# Fuzzes the audio pipeline, or the relay, with libFuzzer. Works with the stable compiler: coverage is asked for by flags of its own.
#
# usage: scripts/fuzz.sh receiver|files|exchange|framing [SECONDS] [libFuzzer options]
#
# New inputs go to target/fuzz/TARGET; corpus/TARGET of the fuzz crate is read, and never written. An input that fails is left in target/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?"usage: $0 receiver|files|exchange|framing [SECONDS] [libFuzzer options]"}
seconds=${2:-600}
shift $(($# < 2 ? $# : 2))

case "$target" in
  exchange | framing) crate=fuzz/relay memory=2048 ;;
  *) crate=fuzz memory=512 ;;
esac
mkdir -p "$crate/corpus/$target"

host=$(rustc -vV | sed -n 's/^host: //p')
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# With a target named, build scripts are built without the flags.
RUSTFLAGS="$flags" cargo build --manifest-path "$crate/Cargo.toml" --target-dir target/fuzz/build --release --locked \
  --target "$host" --bin "$target"

mkdir -p "target/fuzz/$target"
exec "target/fuzz/build/$host/release/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb="$memory" -max_len=8192 \
  -artifact_prefix="target/fuzz/$target-" "$@" "target/fuzz/$target" "$crate/corpus/$target"
