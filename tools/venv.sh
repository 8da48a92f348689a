#!/bin/sh
# Make .venv, or bring it up to date, for one purpose: sh tools/venv.sh demo|docs|dev
# It uses uv where there is one, else a Python of at least 3.11 with venv; where there is neither it says what to install.
set -eu
cd "$(dirname "$0")/.."

python=.venv/bin/python
fresh_enough='import sys; sys.exit(sys.version_info < (3, 11))'
new_pip='import importlib.metadata as m, sys; sys.exit(tuple(map(int, m.version("pip").split(".")[:2])) < (25, 1))'

say() { printf '%s\n' "$*" >&2; }

find_python() {
    old="" bare=""
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.14 python3.11 python}; do
        "$name" -c "" >/dev/null 2>&1 || continue
        "$name" -c "$fresh_enough" >/dev/null 2>&1 || { old=$name; continue; }
        "$name" -c "import venv, ensurepip" >/dev/null 2>&1 && { printf '%s' "$name"; return; }
        bare=$name
    done
    if [ -n "$bare" ]; then
        version=$("$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$bare cannot make virtual environments; on Debian and Ubuntu: sudo apt-get install python$version-venv"
    else
        say "tunesmith needs Python 3.11 or newer${old:+ and found only an older one}; on Debian and Ubuntu: sudo apt-get install python3 python3-venv"
    fi
    return 1
}

# An environment is kept as long as its Python works and it was made for this folder.
usable() {
    [ -x "$python" ] && "$python" -c "$fresh_enough" >/dev/null 2>&1 &&
        { [ ! -f .venv/made-for ] || [ "$(cat .venv/made-for)" = "$PWD" ]; }
}

purpose=${1:-dev}
case "$purpose" in
    demo) what="tunesmith and what the demo needs (a minute or two, once)"; set -- -e '.[demo]' ;;
    docs) what="what the documentation needs"; set -- -e . --group docs ;;
    dev) what="tunesmith and its developers' tools (a few minutes, once)"; set -- -e '.[demo,plot,dashboard]' --group dev ;;
    *) say "usage: sh tools/venv.sh demo|docs|dev"; exit 2 ;;
esac

uv=$(command -v uv || true)
if ! usable; then
    rm -rf .venv
    if [ -n "$uv" ]; then
        say "Making .venv with uv"
        "$uv" venv --quiet --python "${PYTHON:->=3.11}" .venv
    else
        found=$(find_python)
        say "Making .venv with $("$found" --version)"
        "$found" -m venv .venv
    fi
    printf '%s' "$PWD" >.venv/made-for
fi

say "Installing $what"
if [ -n "$uv" ]; then
    "$uv" pip install --quiet --python "$python" "$@"
else
    "$python" -c "import pip" 2>/dev/null || "$python" -m ensurepip >/dev/null
    "$python" -c "$new_pip" || "$python" -m pip install -qq --disable-pip-version-check --upgrade pip
    "$python" -m pip install -qq --disable-pip-version-check "$@"
fi
touch ".venv/ready-$purpose"
[ "$purpose" != dev ] || touch .venv/ready-demo .venv/ready-docs
