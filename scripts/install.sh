#!/usr/bin/env bash
# Makes .venv and installs one lock file into it, then the project itself: install.sh PYTHON LOCK.
set -euo pipefail
python=$1 lock=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed, $("$python" --version) was found. Try: make PYTHON=python3.12" >&2
    exit 1
}
uv=.tools/bin/uv
if [ ! -x "$uv" ]; then
    "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv 2>/dev/null ||
        echo "uv is not to be had here; pip does it, more slowly" >&2
fi
if [ -x "$uv" ]; then
    [ -x .venv/bin/python ] || "$uv" venv --quiet --python "$(command -v "$python")" .venv
    "$uv" pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
    "$uv" pip install --quiet --python .venv/bin/python --no-deps -e .
else
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
fi
