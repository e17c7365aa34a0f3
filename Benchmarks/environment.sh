# Sourced by scripts/bench and scripts/parity from the repository's root: makes the Python environment with the pinned
# reference engine, and leaves its interpreter's path in $python.

venv=.venv/bench
python=$venv/bin/python
if ! cmp -s Benchmarks/requirements.txt "$venv/requirements.txt"; then
    python3 -m venv "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement Benchmarks/requirements.txt
    cp Benchmarks/requirements.txt "$venv/requirements.txt"
fi
