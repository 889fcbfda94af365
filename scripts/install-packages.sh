#!/usr/bin/env bash
# Installs the Debian packages that are missing for one purpose, or says which they are.
#
# usage: scripts/install-packages.sh build|test
set -euo pipefail

# cmake builds the Opus library.
build=(gcc libc6-dev cmake)
# python3-dev builds the speech score.
# valgrind counts what forwarding a packet costs.
# The rest are the browsers, their sound, and real speech.
test=(g++ python3 python3-dev python3-venv valgrind chromium firefox-esr pulseaudio pulseaudio-utils ffmpeg
  asterisk-core-sounds-en-g722 libnss3-tools)

case "${1-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  *) echo "usage: $0 build|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian: what is needed cannot be installed from here. Install the equivalents of: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  echo "These packages are missing. Install them, then run make again:" >&2
  echo "  sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
