"""The running server keeps to openapi.yaml: schemathesis generates the requests and judges the answers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server import Server

FOLDER = Path(__file__).parent
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "40")
# They would end the credentials that all other requests need.
LEFT_OUT = ["logout", "revokeKey"]


@pytest.fixture
def server():
    """With limits that are never reached, and a tenth of all jobs failing."""
    most = "10000000"
    server = Server(
        engine="simulated", simulated_time_per_word="0s", simulated_error_rate="0.1", secret_key="0123456789abcdef" * 3,
        free_requests_per_minute=most, premium_requests_per_minute=most, enterprise_requests_per_minute=most,
    )
    server.add_user("root@example.org", "--admin", "--tier", "enterprise")
    yield server.start()
    server.remove()


def test_every_answer_is_as_described(server, tmp_path):
    report = tmp_path / "report.ndjson"
    command = [
        Path(sys.executable).with_name("st"), "--config-file", FOLDER / "schemathesis.toml",
        "run", server.address + "/openapi.yaml",
        "--header", f"Authorization: Bearer {server.token('root@example.org')}",
        "--checks", "all", "--max-examples", EXAMPLES, "--no-shrink", "--continue-on-failure",
        "--report", "ndjson", "--report-ndjson-path", report,
    ]
    for operation in LEFT_OUT:
        command += ["--exclude-operation-id", operation]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stdout[-20_000:] + outcome.stderr[-5_000:]
    count = int(re.search(r"(\d+) generated", outcome.stdout).group(1))
    print(f"schemathesis: {count} requests, no failures")
    assert server.call("GET", "/health")[1]["status"] == "ok"
