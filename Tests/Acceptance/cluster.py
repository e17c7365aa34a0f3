"""Several server processes behind nginx, with the configuration that is shipped."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from server import ROOT, Server

sys.path.append(str(ROOT / "Deploy/compose"))

import check_proxy  # noqa: E402


class Stores:
    """Servers of our own, by scripts/services, with fresh data."""

    def __init__(self, *names):
        self.folder = tempfile.mkdtemp(prefix="dragoman-stores-")
        # For PostgreSQL, which does not run as root.
        os.chmod(self.folder, 0o755)
        self._names = names

    def start(self):
        """Starts them. Returns their addresses, by the names of the settings."""
        self._run("up")
        lines = (Path(self.folder) / "env").read_text().splitlines()
        addresses = dict(line.split("=", 1) for line in lines)
        settings = {"postgres": ("database_url", "POSTGRES_URL"), "redis": ("redis_url", "REDIS_URL")}
        return {setting: addresses[variable] for name in self._names for setting, variable in [settings[name]]}

    def remove(self):
        """Stops them and removes their data."""
        self._run("down")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, action):
        command = [ROOT / "scripts/services", action, *self._names]
        environment = os.environ | {"SERVICES_FOLDER": self.folder}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


class Proxy:
    """nginx in front of two servers, as Deploy/compose/nginx.conf has it."""

    def __init__(self, first, second, **changes):
        """`changes` replaces what the configuration says: old and new text by turns of any name."""
        self._servers = [server.address.removeprefix("http://") for server in (first, second)]
        self._changes = changes.values()
        self.folder = Path(tempfile.mkdtemp(prefix="dragoman-proxy-"))
        # For nginx's own user, who keeps there what a body has beyond its buffers.
        self.folder.chmod(0o755)
        self.process = None
        self.address = None

    def start(self):
        port = check_proxy.write_configuration(self.folder, *self._servers)
        path = self.folder / "nginx.conf"
        text = path.read_text()
        for old, new in self._changes:
            assert old in text, f"nginx.conf lacks '{old}'"
            text = text.replace(old, new)
        path.write_text(text)
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        assert nginx, "'nginx' is not installed."
        with open(self.folder / "log", "wb") as log:
            command = [nginx, "-c", path, "-e", "stderr", "-g", "daemon off;"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        check_proxy.wait_for(port)
        self.address = f"http://127.0.0.1:{port}"
        return self

    def remove(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster:
    """Two processes that answer requests, two that work, what they share, and nginx in front of them."""

    def __init__(self, *stores, **settings):
        self._stores = Stores(*stores)
        self._settings = settings
        self.apis = []
        self._workers = []
        self.proxy = None

    def start(self):
        settings = self._settings | self._stores.start() | {"trusted_proxies": "127.0.0.1"}
        self.apis = [Server(role="api", **settings) for _ in range(2)]
        self._workers = [Server(role="worker", **settings) for _ in range(2)]
        self.apis[0].add_user("ada@example.org", "--admin", "--tier", "enterprise")
        for server in self.apis + self._workers:
            server.start()
        self.proxy = Proxy(*self.apis).start()
        return self

    def remove(self):
        if self.proxy:
            self.proxy.remove()
        for server in self.apis + self._workers:
            server.remove()
        self._stores.remove()

    @property
    def address(self):
        return self.proxy.address

    def call(self, *arguments, **options):
        """Sends a request through the proxy."""
        return Server.call(self, *arguments, **options)

    def token(self, email):
        return Server.token(self, email)
