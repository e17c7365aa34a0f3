"""A small cluster on this machine: the servers of scripts/services and processes of ours, each stopped by its number.

Shared by the fault suite (Tests/Chaos) and the measurements of throughput and scaling.
"""

import contextlib
import functools
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/dragoman"
START_SECONDS = 60
SECRET = "0123456789abcdef" * 3
# In the order in which they are started, with the variable that scripts/services writes.
SERVICES = {"postgres": "POSTGRES_URL", "rabbitmq": "RABBITMQ_URL", "redis": "REDIS_URL"}


class ClusterError(Exception):
    """Something that the person at the keyboard must act upon."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def stop_on_signals() -> None:
    """SIGTERM and SIGINT unwind the stack, so that every `finally` stops what it started; once only."""
    def unwind(number, _frame):
        for other in (signal.SIGTERM, signal.SIGINT):
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, unwind)


class Services:
    """Servers from scripts/services, in a set apart from the one that tests use."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def available(self) -> list[str]:
        """Those of `SERVICES` that scripts/services knows."""
        known = re.findall(r"^services: (\S+) (?:runs|does not run)$", self._run("status"), re.MULTILINE)
        return [name for name in SERVICES if name in known]

    def up(self, names: list[str]) -> dict[str, str]:
        """Starts them with fresh data; their addresses by name."""
        self._run("up", *names)
        addresses = dict(line.split("=", 1) for line in (self.folder / "env").read_text().splitlines())
        return {name: addresses[SERVICES[name]] for name in names}

    def down(self, names: list[str]) -> None:
        self._run("down", *names)

    def restart(self, name: str) -> None:
        """Stops it in good order and starts it again."""
        self._run("restart", name)

    def crash(self, name: str) -> None:
        """Kills it and starts it again."""
        self._run("crash", name)

    def _run(self, *arguments: str) -> str:
        environment = os.environ | {"SERVICES_FOLDER": str(self.folder)}
        # In a session of its own: Ctrl-C is for us, who then stop the servers.
        result = subprocess.run(
            [ROOT / "scripts/services", *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True, check=False,
        )
        if result.returncode != 0:
            raise ClusterError(f"'scripts/services {' '.join(arguments)}' failed:\n{result.stdout.strip()}")
        return result.stdout


@functools.cache
def has_workers(program: pathlib.Path) -> bool:
    """Whether the program has `dragoman worker`."""
    return re.search(r"^  worker\s", _output(program, "--help"), re.MULTILINE) is not None


@functools.cache
def settings_of(program: pathlib.Path) -> frozenset[str]:
    """The names of the settings that the program knows."""
    return frozenset(re.findall(r"^\s*([a-z][a-z0-9_]+)\b", _output(program, "config"), re.MULTILINE))


def _output(program: pathlib.Path, *arguments: str) -> str:
    if not os.access(program, os.X_OK):
        raise ClusterError(f"There is no '{program}'; build it: swift build -c release --product dragoman")
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=False).stdout


class Node:
    """One process of ours, which keeps its port and its data when it is started again."""

    def __init__(self, name: str, program: pathlib.Path, command: list[str], settings: dict[str, str], folder: pathlib.Path):
        self.name = name
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._command = [str(program), *command]
        self._settings = settings | {"api_port": str(self.port), "api_host": "127.0.0.1"}
        self._folder = folder
        # A worker says how it is; whether requests can be served is asked of those who serve them.
        self._probe = "/health/ready" if command[0] == "serve" else "/health"
        self._process: subprocess.Popen | None = None
        self._is_meant_to_run = False

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Starts it without waiting for it."""
        # As options: the names of variables differ between versions.
        names = {name.upper() for name in {*self._settings, *settings_of(pathlib.Path(self._command[0]))}}
        environment = {name: value for name, value in os.environ.items() if name.removeprefix("DRAGOMAN_") not in names}
        options = [word for name, value in self._settings.items() for word in ("--set", f"{name}={value}")]
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self._command + options, env=environment, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self._is_meant_to_run = True

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Waits until it is ready."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(f"'{self.name}' does not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def start(self) -> None:
        self.launch()
        self.wait()

    def is_ready(self) -> bool:
        """Whether it says so within a second."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", self._probe)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL: it gets no chance to do anything."""
        self._is_meant_to_run = False
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Asks it to end, and sees that it does."""
        self._is_meant_to_run = False
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def death(self) -> str | None:
        """How it ended, if nobody meant it to."""
        if not self._is_meant_to_run or self._process.poll() is None:
            return None
        return f"'{self.name}' ended by itself with {self._process.returncode}; its log is '{self.log}'"


class Cluster:
    """API processes and workers that share servers; everything is stopped and removed at the end of `with`."""

    def __init__(self, services_folder: pathlib.Path, program: pathlib.Path = PROGRAM, wanted: list[str] | None = None,
                 keeps_files: bool = False):
        self.program = program
        self.services = Services(services_folder)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-cluster-"))
        self.urls: dict[str, str] = {}
        self.nodes: list[Node] = []
        self._wanted = wanted
        self._keeps_files = keeps_files
        self._names: list[str] = []

    def __enter__(self):
        try:
            settings = settings_of(self.program)
            usable = {"postgres"} | {name for name in ("rabbitmq", "redis") if f"{name}_url" in settings}
            self._names = [name for name in self.services.available()
                           if name in usable and (self._wanted is None or name in self._wanted)]
            # What an earlier run may have left behind would not have fresh data.
            self.services.down(self._names)
            self.urls = self.services.up(self._names)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in reversed(self.nodes):
            with contextlib.suppress(OSError):
                node.stop()
        if self._names:
            self.services.down(self._names)
        if not self._keeps_files:
            shutil.rmtree(self.folder, ignore_errors=True)

    def more(self, names: list[str]) -> dict[str, str]:
        """Starts servers that our processes shall not use; their addresses by name."""
        new = [name for name in names if name not in self._names]
        self._names += new
        return self.services.up(new) if new else {}

    def addresses(self) -> dict[str, str]:
        """The settings that lead to the servers."""
        names = {"postgres": "database_url", "rabbitmq": "rabbitmq_url", "redis": "redis_url"}
        return {names[name]: url for name, url in self.urls.items()}

    def add(self, name: str, role: str, settings: dict[str, str], data: pathlib.Path | None = None) -> Node:
        """A process that is yet to be started. `role` is `api` or `worker`."""
        common = {
            "engine": "simulated", "secret_key": SECRET, "log_level": "info", "log_format": "json", "max_queue": "1000000",
            "enterprise_requests_per_minute": "10000000", "data_dir": str((data or self.folder) / name),
        }
        if role == "worker" and has_workers(self.program):
            command = ["worker"]
        else:
            # Before there was a command of its own for it, a worker was a server that nobody asks.
            command = ["serve"]
            common["role"] = "api" if role == "api" else "all"
        node = Node(name, self.program, command, common | self.addresses() | settings, self.folder)
        self.nodes.append(node)
        return node

    def remove(self, node: Node) -> None:
        """Stops it for good."""
        node.stop()
        self.nodes.remove(node)

    def describe(self) -> str:
        """What it consists of, for a report."""
        titles = {"postgres": "PostgreSQL", "rabbitmq": "RabbitMQ", "redis": "Redis"}
        missing = [titles[name] for name in titles if name not in self.urls and (self._wanted is None or name in self._wanted)]
        text = ", ".join(titles[name] for name in self.urls)
        return text + (f" (without {' and '.join(missing)})" if missing else "")


# --- What processes cost -------------------------------------------------------------------------------------------------


def _stat(pid: int) -> tuple[int, float] | None:
    """The parent and the seconds of processor time, those of children that are gone included."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rsplit(")", 1)[1].split()
    return int(fields[1]), sum(int(value) for value in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def processor_seconds(roots: list[int]) -> float:
    """What processes have used, with everything below them."""
    stats = {int(name): stat for name in os.listdir("/proc") if name.isdigit() and (stat := _stat(int(name)))}
    members = set(roots)
    while True:
        more = {pid for pid, (parent, _) in stats.items() if parent in members} - members
        if not more:
            break
        members |= more
    return sum(stats[pid][1] for pid in members if pid in stats)


def listener(port: int) -> int:
    """The process that listens on a port of loopback; 0 where it cannot be found."""
    sockets = set()
    for file in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in pathlib.Path(file).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    sockets.add(f"socket:[{fields[9]}]")
    for name in sorted((int(name) for name in os.listdir("/proc") if name.isdigit())):
        with contextlib.suppress(OSError):
            for descriptor in os.scandir(f"/proc/{name}/fd"):
                if os.readlink(descriptor.path) in sockets:
                    return name
    return 0
