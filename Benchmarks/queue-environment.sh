# Sourced by scripts/bench-queue and scripts/bench-scaling from the repository's root: makes the Python environment with the
# pinned Celery, and leaves its interpreter's path in $python.

venv=.venv/queue
python=$venv/bin/python
if ! cmp -s Benchmarks/queue-requirements.txt "$venv/requirements.txt"; then
    python3 -m venv --clear "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement Benchmarks/queue-requirements.txt
    cp Benchmarks/queue-requirements.txt "$venv/requirements.txt"
fi
