#!/usr/bin/env bash
# Proves the line's promises at length, beyond what `make test` has time for: every state that three callers and
# two counsellors can get into, 100,000 random histories, five deliberate bugs that both must find, and 200 kills of the process.
# HISTORIES, KILLS and QUIETLINE_SEED may be given.
set -euo pipefail
cd "$(dirname "$0")/.."
histories=${HISTORIES:-100000} kills=${KILLS:-200}
test_lib() { cargo test --release --locked --lib -- --nocapture --exact "$@"; }

echo "== Deliberate bugs: each must be found by the search and by the histories"
test_lib core::tests::model::the_search_finds_each_deliberate_bug \
  core::tests::history::random_histories_find_each_deliberate_bug
echo "== Every state of three callers and two counsellors"
test_lib --ignored core::tests::model::every_state_of_three_callers_and_two_counsellors_keeps_the_promises
echo "== $histories random histories"
QUIETLINE_HISTORIES=$histories test_lib core::tests::history::nobody_is_lost_doubled_or_overtaken
echo "== $kills kills under load"
QUIETLINE_KILLS=$kills cargo test --release --locked --test signalling -- --nocapture \
  --exact killed::what_was_acknowledged_survives_a_kill_at_any_moment
