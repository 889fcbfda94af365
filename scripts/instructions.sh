#!/usr/bin/env bash
# Counts the instructions of one forwarded packet, without sockets, and fails where they are more than docs/performance.md records.
#
# usage: scripts/instructions.sh   (after `cargo build --release --bins --examples`)
set -euo pipefail
cd "$(dirname "$0")/.."

program=target/release/examples/forward-cost
allowed=$(sed -nE 's/^.*instructions per forwarded packet: ([0-9]+).*$/\1/p' docs/performance.md)
counts=$(mktemp)
trap 'rm -f "$counts" "$counts.log"' EXIT
said=$(valgrind --tool=callgrind --callgrind-out-file="$counts" --collect-atstart=no '--toggle-collect=*forward_all*' \
  "$program" 4 1600 2>"$counts.log") || { cat "$counts.log" >&2; exit 1; }
packets=${said%% *}
total=$(sed -nE 's/^(summary|totals): ([0-9]+).*$/\2/p' "$counts" | head -n 1)
each=$((total / packets))
echo "$each instructions per forwarded packet (recorded: $allowed)"
# Compilers differ a little; a regression that matters is more.
[ "$each" -le $((allowed * 110 / 100)) ] || { echo "Forwarding a packet has become dearer." >&2; exit 1; }
