# Sourced by demo and test: makes .venv with linacsim and the extras asked for, once.
# Needs a Python of 3.11 or newer with venv; PYTHON may name one.

fail() {
    echo "$0: $1" >&2
    exit 2
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

need_venv() {
    extras=$1
    stamp=".venv/linacsim-$(echo "$extras" | tr , -)-$(cksum <pyproject.toml | tr ' ' -)"
    [ -f "$stamp" ] && return
    python=$(find_python)
    [ -n "$python" ] || fail "needs Python 3.11 or newer; set PYTHON to one"
    if [ ! -x .venv/bin/python ]; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python has no venv; on Debian or Ubuntu: apt install python3-venv"
        "$python" -m venv .venv || fail "could not make a virtual environment in .venv"
    fi
    echo "installing into .venv (a minute or two, once)"
    .venv/bin/python -m pip install -qq --disable-pip-version-check -e ".[$extras]" ||
        fail "could not install; is the network there?"
    touch "$stamp"
}
