"""A server process for tests."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("DRAGOMAN", ROOT / ".build/release/dragoman"))
PASSWORD = "correct horse battery staple"


class Server:
    """`dragoman serve` on a free port of loopback, with a folder of its own."""

    def __init__(self, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="dragoman-acceptance-"))
        self.settings = {
            "data_dir": str(self.folder / "data"),
            "model_path": str(ROOT / "Models"),
            "log_level": "warning",
            "api_port": "0",
        } | settings
        self.process = None
        self.address = None

    def add_user(self, email, *options):
        """Makes an account with the usual password."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self.process is None:
            self._run("migrate")
        self._run("users", "add", email, "--password-file", password, *options)

    def _run(self, *arguments):
        command = [PROGRAM, *arguments]
        subprocess.run(command, env=self._environment, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """Starts the server and waits until it listens; again at the same address once it had one."""
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(
            [PROGRAM, "serve"], env=self._environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
        for line in self.process.stdout:
            if "listens on" in line:
                self.address = line.split("listens on ")[1].split(". ")[0].strip()
                self.settings["api_port"] = self.address.rsplit(":", 1)[1]
                return self
        raise RuntimeError(f"The server did not start: {(self.folder / 'log').read_text()}")

    def stop(self):
        """Asks the server to end, and waits until it has."""
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()

    def kill(self):
        """Ends the server at once, as a machine does that fails."""
        self.process.kill()
        self.process.wait(30)
        self.process.stdout.close()

    def remove(self):
        """Ends the server and removes what it kept."""
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None, token=None):
        """Sends a request. Returns the status and the answer's JSON."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")

    def token(self, email):
        """An access token of somebody with an account."""
        return self.call("POST", "/auth/login", {"email": email, "password": PASSWORD})[1]["access_token"]

    @property
    def _environment(self):
        variables = {f"DRAGOMAN_{name.upper()}": value for name, value in self.settings.items()}
        return os.environ | {"DRAGOMAN_CACHE_DIR": str(self.folder / "cache")} | variables
