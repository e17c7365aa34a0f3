"""Replays the Dockerfile without an engine for containers: its steps, in clean Debian roots, as far as that goes.

Needs root, debootstrap, the network (Debian's archive, the Swift packages) and a Swift toolchain, which stands in for the
Swift image. Every mount is made in a mount namespace of its own (scripts/replay-dockerfile), so that nothing is left
behind. What could not be tried is said at the end.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SUITE = "bookworm"
UNTRIED = (
    "the images named by FROM: Debian roots and this machine's Swift toolchain stood in for them",
    "layers, caching, .dockerignore patterns beyond the plain ones, and the image's size",
    "what an engine adds: cgroup limits, seccomp, its own network, the timing of HEALTHCHECK",
    "machines of other kinds than this one's",
)


class ReplayError(Exception):
    """A step that failed, worded for whoever wrote the Dockerfile."""


@dataclasses.dataclass
class Stage:
    """A root that instructions change."""

    name: str
    root: pathlib.Path
    arguments: dict[str, str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    shell: list[str] = dataclasses.field(default_factory=lambda: ["/bin/sh", "-c"])
    folder: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = dataclasses.field(default_factory=list)
    command: list[str] = dataclasses.field(default_factory=list)
    health: list[str] = dataclasses.field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """Instructions and what follows them, continuation lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


def run(command: list[str], **options) -> None:
    """Runs a command of this machine."""
    if subprocess.run(command, check=False, **options).returncode != 0:
        raise ReplayError(f"failed: {shlex.join(command)}")


class Replay:
    """The stages of one Dockerfile."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.folder = pathlib.Path(arguments.folder)
        self.stages: dict[str, Stage] = {}
        self.global_arguments: dict[str, str] = {}
        self.stage: Stage | None = None

    def run(self) -> Stage:
        """Every instruction in turn; the last stage."""
        text = (self.arguments.context / "Deploy/docker/Dockerfile").read_text(encoding="utf-8")
        for word, rest in instructions(text):
            print(f"==> {word} {rest[:160]}", flush=True)
            begin = time.monotonic()
            getattr(self, f"do_{word.lower()}", self.unknown)(rest)
            if (seconds := time.monotonic() - begin) > 1:
                print(f"    {seconds:.0f} s", flush=True)
        return self.stage

    def unknown(self, rest: str) -> None:
        raise ReplayError(f"an instruction that this replay does not know, before: {rest[:80]}")

    # MARK: Instructions

    def do_arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        (self.stage.arguments if self.stage else self.global_arguments)[name] = value

    def do_from(self, rest: str) -> None:
        image, *alias = re.split(r"\s+AS\s+", rest, flags=re.IGNORECASE)
        image = re.sub(r"\$\{(\w+)\}", lambda match: self.global_arguments[match[1]], image)
        name = alias[0] if alias else f"stage-{len(self.stages)}"
        root = self.folder / name
        self.make_root(root)
        self.stage = self.stages[name] = Stage(name, root, dict(self.global_arguments))
        self.stage.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        # Not this machine's /dev: debootstrap has made the few devices that a build needs.
        run(["mount", "-t", "proc", "proc", str(root / "proc")])
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        if image.startswith("swift:"):
            toolchain = root / "opt/swift-toolchain"
            toolchain.mkdir(parents=True)
            run(["mount", "--bind", "-o", "ro", str(self.arguments.toolchain), str(toolchain)])
            self.stage.environment["PATH"] += ":/opt/swift-toolchain/usr/bin"
            self.use_git_mirror(root)
        elif not image.startswith("debian:"):
            raise ReplayError(f"'{image}' has no stand-in here; expected swift: or debian:")

    def use_git_mirror(self, root: pathlib.Path) -> None:
        """Where GitHub is out of reach, copies of its repositories stand in for it."""
        if not self.arguments.git_mirror:
            return
        mirror = root / "opt/git-mirror"
        mirror.mkdir(parents=True)
        run(["mount", "--bind", "-o", "ro", str(self.arguments.git_mirror), str(mirror)])
        (root / "etc/gitconfig").write_text('[url "/opt/git-mirror/"]\n\tinsteadOf = https://github.com/\n', encoding="utf-8")

    def make_root(self, root: pathlib.Path) -> None:
        """A clean Debian, made once and copied for each stage."""
        base = pathlib.Path(self.arguments.base) if self.arguments.base else self.folder / "base"
        if not (base / "etc/debian_version").exists():
            run(["debootstrap", "--variant=minbase", SUITE, str(base)], stdout=subprocess.DEVNULL)
        run(["cp", "--archive", "--one-file-system", str(base), str(root)])

    def do_shell(self, rest: str) -> None:
        self.stage.shell = json.loads(rest)

    def do_workdir(self, rest: str) -> None:
        self.stage.folder = rest
        (self.stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def do_env(self, rest: str) -> None:
        for assignment in shlex.split(rest):
            name, _, value = assignment.partition("=")
            self.stage.environment[name] = value

    def do_copy(self, rest: str) -> None:
        words = shlex.split(rest)
        source_root = self.arguments.context
        if words[0].startswith("--from="):
            source_root = self.stages[words.pop(0).removeprefix("--from=")].root
        *patterns, target = words
        sources = [found for pattern in patterns for found in self.matching(source_root, pattern)]
        target_path = self.stage.root / os.path.join(self.stage.folder, target).lstrip("/")
        for source in sources:
            path = source_root / source.lstrip("/")
            if path.is_dir():
                shutil.copytree(path, target_path, symlinks=True, dirs_exist_ok=True, ignore=self.ignored(source_root))
            else:
                into_folder = target.endswith("/")
                destination = target_path / path.name if into_folder else target_path
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, destination)

    def matching(self, source_root: pathlib.Path, pattern: str) -> list[str]:
        """The pattern itself, or what it stands for, which may be nothing."""
        if "*" not in pattern:
            return [pattern]
        return [str(path.relative_to(source_root)) for path in sorted(source_root.glob(pattern))]

    def ignored(self, source_root: pathlib.Path):
        """What .dockerignore keeps out of the context."""
        if source_root != self.arguments.context:
            return None
        text = (source_root / "Deploy/docker/Dockerfile.dockerignore").read_text(encoding="utf-8")
        patterns = [line for line in text.splitlines() if line and not line.startswith("#")]
        top = [pattern for pattern in patterns if not pattern.startswith("**/")]
        anywhere = [pattern.removeprefix("**/") for pattern in patterns if pattern.startswith("**/")]

        def filtered(folder: str, names: list[str]) -> set[str]:
            wanted = anywhere + (top if pathlib.Path(folder) == source_root else [])
            return {name for pattern in wanted for name in shutil.fnmatch.filter(names, pattern)}
        return filtered

    def do_run(self, rest: str) -> None:
        stage = self.stage
        command = ["chroot", str(stage.root), "/usr/bin/env", "-i", f"--chdir={stage.folder}", *self.variables(stage),
                   *stage.shell, rest]
        run(command, stdin=subprocess.DEVNULL)

    def variables(self, stage: Stage) -> list[str]:
        return [f"{name}={value}" for name, value in (stage.arguments | stage.environment).items()]

    def do_user(self, rest: str) -> None:
        self.stage.user = rest

    def do_entrypoint(self, rest: str) -> None:
        self.stage.entrypoint = json.loads(rest)

    def do_cmd(self, rest: str) -> None:
        self.stage.command = json.loads(rest)

    def do_healthcheck(self, rest: str) -> None:
        self.stage.health = json.loads(rest.partition("CMD ")[2])

    def do_label(self, rest: str) -> None:
        shlex.split(rest)

    do_expose = do_stopsignal = do_label


# MARK: The image in use


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def command_in(stage: Stage, root: pathlib.Path, words: list[str], more: dict[str, str]) -> list[str]:
    """A command as the image's user, without capabilities and the way to get them."""
    uid, _, gid = stage.user.partition(":")
    environment = [f"{name}={value}" for name, value in (stage.environment | {"HOME": "/"} | more).items()]
    return ["chroot", str(root), "/usr/bin/env", "-i", f"--chdir={stage.folder}", *environment, "setpriv",
            f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", *words]


def try_image(stage: Stage, folder: pathlib.Path) -> None:
    """Starts the image's command on a read-only root, asks it whether it is ready, and ends it."""
    root = folder / "running"
    root.mkdir()
    run(["mount", "--rbind", str(stage.root), str(root)])
    run(["mount", "-o", "remount,bind,ro", str(root)])
    uid = stage.user.partition(":")[0]
    for path, options in (("tmp", "mode=1777"), ("var/lib/dragoman", f"uid={uid},mode=0700"),
                          ("var/cache/dragoman", f"uid={uid},mode=0700")):
        run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(root / path)])
    more = {"API_HOST": "127.0.0.1", "API_PORT": str(free_port())}
    url = f"http://127.0.0.1:{more['API_PORT']}"
    with subprocess.Popen(command_in(stage, root, stage.entrypoint + stage.command, more)) as process:
        try:
            wait_until_ready(process, url)
            print(f"ready, as user {stage.user} on a read-only root", flush=True)
            translate(url)
            health = subprocess.run(command_in(stage, root, stage.health, more), check=False)
            if health.returncode != 0:
                raise ReplayError(f"HEALTHCHECK exits {health.returncode} beside a server that is ready: {stage.health}")
            process.send_signal(signal.SIGTERM)
            if (status := process.wait(timeout=35)) != 0:
                raise ReplayError(f"the server ended with {status} on SIGTERM, expected 0")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    if subprocess.run(command_in(stage, root, stage.health, more), check=False).returncode == 0:
        raise ReplayError("HEALTHCHECK exits 0 though nothing listens")


def wait_until_ready(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
                return
        time.sleep(0.2)
    raise ReplayError(f"the server was not ready within a minute (exit status {process.poll()})")


def translate(url: str) -> None:
    """One sentence with the models of the image."""
    body = json.dumps({"text": "Good morning.", "source_language": "en", "target_language": "es"}).encode()
    request = urllib.request.Request(f"{url}/api/v1/translate", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        print(f"translates: {json.load(answer)['translated_text']}", flush=True)


def toolchain() -> pathlib.Path:
    """The folder above the usr/bin of the Swift on the PATH."""
    found = shutil.which("swift")
    return pathlib.Path(found).resolve().parent.parent.parent if found else pathlib.Path("/")


def main() -> None:
    parser = argparse.ArgumentParser(description="Replays the Dockerfile in clean Debian roots.")
    parser.add_argument("--context", type=pathlib.Path, default=ROOT, help="the build context (default: the project)")
    parser.add_argument("--toolchain", type=pathlib.Path, default=toolchain(), help="a Swift toolchain, above its usr/")
    parser.add_argument("--git-mirror", help="a folder of repositories, as owner/name, to be asked instead of GitHub")
    parser.add_argument("--base", help="a debootstrap root to copy instead of making one")
    arguments = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("error: replaying needs root and debootstrap")
    if not (arguments.toolchain / "usr/bin/swift").exists():
        sys.exit(f"error: there is no Swift toolchain in '{arguments.toolchain}'")
    arguments.folder = tempfile.mkdtemp(prefix="replay-dockerfile-")
    try:
        stage = Replay(arguments).run()
        packages = (stage.root / "usr/share/dragoman-packages").read_text(encoding="utf-8").split()
        print(f"runtime packages: {' '.join(packages)}")
        try_image(stage, pathlib.Path(arguments.folder))
    except (ReplayError, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"error: {error}")
    finally:
        remove(arguments.folder)
    print("not tried:\n" + "\n".join(f"  - {what}" for what in UNTRIED))


def remove(folder: str) -> None:
    """Removes the folder, once nothing below it is mounted any more: what is mounted is not ours to remove."""
    for path in mounts(folder):
        subprocess.run(["umount", path], check=False)
    if mounts(folder):
        print(f"warning: '{folder}' is left behind, as there is still something mounted in it", file=sys.stderr)
    else:
        shutil.rmtree(folder)


def mounts(folder: str) -> list[str]:
    """Mounts below the folder, the innermost first."""
    text = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8")
    found = [line.split()[1] for line in text.splitlines() if line.split()[1].startswith(folder + "/")]
    return sorted(found, key=len, reverse=True)


if __name__ == "__main__":
    main()
