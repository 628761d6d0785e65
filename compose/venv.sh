#!/bin/sh
# The virtual environment .venv with this package and the extra named ($1), and nothing to do where it is up to date.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "install: $*" >&2
  exit 1
}

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
  if recent "$candidate"; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || fail "Python 3.11 or later is needed; install it, or name it: make install PYTHON=/path/to/python3"

if ! [ -x .venv/bin/python ]; then
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu keep this part of Python in a package of its own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      fail "$python has no venv module; on Debian and Ubuntu: apt-get install python$version-venv"
    fi
    log=$(mktemp)
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes "python$version-venv"; } >"$log" 2>&1 ||
      fail "apt-get install python$version-venv failed: $(tail -n 1 "$log")"
    rm -f "$log"
  fi
  "$python" -m venv .venv
fi
.venv/bin/python -m pip install -qq --disable-pip-version-check --use-pep517 --editable ".[$1]" ||
  fail "pip could not install the package; its message is above"
touch ".venv/.installed-$1"
