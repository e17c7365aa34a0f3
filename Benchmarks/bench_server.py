"""Starts servers, has the load generator measure them, and writes the table into docs/BENCHMARKS.md.

Each scenario gets a server of its own, in a data folder that is removed afterwards. Server and load generator share the
machine, so that its cores do the work of both.
"""

import argparse
import contextlib
import dataclasses
import datetime
import os
import pathlib
import platform
import re
import resource
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- server:begin -->", "<!-- server:end -->"
OPEN_FILES = 65_536
# Would lead away from what is measured.
OTHERS = {prefix + name for prefix in ("", "DRAGOMAN_") for name in ("DATABASE_URL", "ENGINE", "ROLE")}
START_SECONDS = 120


class BenchError(Exception):
    """Something that the person at the keyboard must act upon."""


@dataclasses.dataclass
class Server:
    """A running server."""

    url: str
    pid: int


@dataclasses.dataclass
class Scenario:
    """What is measured, and on which server."""

    title: str
    settings: dict[str, str]
    commands: list[list[str]]


SIMULATED = {"engine": "simulated", "simulated_time_per_word": "0s"}
# Full before the warm-up ends, so that what grows after it is no cache.
SMALL_CACHE = {"cache_memory": "4MB"}
UNCACHED = {"cache_size": "0", "cache_memory": "0", "max_synchronous_length": "1000000"}


def scenarios(arguments: argparse.Namespace) -> dict[str, Scenario]:
    """All scenarios by name."""
    submit = ["submit", "--rate", str(arguments.rate), "--seconds", str(arguments.seconds)]
    return {
        "submit": Scenario("Jobs", SIMULATED | {"cache_size": "0"}, [[*submit, "--highest"]]),
        "websockets": Scenario("WebSockets", SIMULATED | {"role": "api"},
                               [["websockets", "--count", str(arguments.sockets)]]),
        "translate": Scenario("Batching across requests", UNCACHED, [["translate"]]),
        "interference": Scenario("Urgent sentences beside a long job", UNCACHED, [["interference"]]),
        "long-texts": Scenario("Long texts beside short requests", SIMULATED | {"cache_size": "0"}, [["long-texts"]]),
        "soak": Scenario("Mixed load", SIMULATED | {"simulated_time_per_word": "1ms"} | SMALL_CACHE,
                         [["soak", "--minutes", str(arguments.minutes)]]),
    }


@contextlib.contextmanager
def running(binary: pathlib.Path, settings: dict[str, str]):
    """A server with these settings, as long as the block runs."""
    limits = {"enterprise_requests_per_minute": "10000000", "max_queue": "1000000", "log_level": "warning"}
    with tempfile.TemporaryDirectory(prefix="dragoman-bench-") as folder:
        command = [str(binary), "serve", "--api-port", "0", "--data-dir", f"{folder}/data"]
        for name, value in (limits | settings).items():
            command += ["--set", f"{name}={value}"]
        environment = {key: value for key, value in os.environ.items() if key not in OTHERS}
        with open(f"{folder}/log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                yield Server(address(process, log), process.pid)
            finally:
                process.terminate()
                try:
                    process.wait(timeout=40)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def address(process: subprocess.Popen, log) -> str:
    """What the server says it listens on."""
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if found := re.search(r"listens on (http://[^\s]+?)\.?\s", line):
                # What it may still say must not fill the pipe.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return found[1]
    finally:
        watchdog.cancel()
    process.wait()
    log.seek(0)
    raise BenchError(f"the server did not start:\n{log.read().strip()}")


def measure(scenario: Scenario, arguments: argparse.Namespace) -> tuple[list[str], bool]:
    """The scenario's rows, and whether all was well."""
    rows, is_well = [], True
    with running(arguments.binary, scenario.settings) as server:
        for command in scenario.commands:
            full = [str(arguments.generator), *command, "--url", server.url, "--pid", str(server.pid)]
            result = subprocess.run(full, stdout=subprocess.PIPE, text=True, check=False)
            print(result.stdout, end="", flush=True)
            rows += result.stdout.splitlines()
            is_well = is_well and result.returncode == 0
    return rows, is_well


def machine() -> str:
    """The processor and its cores."""
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def report(tables: list[tuple[str, list[str]]], script: str) -> str:
    """The Markdown between the markers."""
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with `{script}`: {machine()}. Server and load generator ran on the "
        "same machine over loopback; SQLite with `synchronous=FULL` and group commit.",
    ]
    for title, rows in tables:
        lines += ["", f"| {title} | measured | aim |", "| --- | --- | --- |", *rows]
    return "\n".join(lines)


def write_report(path: pathlib.Path, begin: str, end: str, title: str, text: str) -> None:
    """Puts the text between the markers and keeps everything else."""
    page = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in page or end not in page:
        page = page.rstrip("\n") + f"\n\n## {title}\n\n{begin}\n{end}\n"
    head, rest = page.split(begin, 1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}")


def raise_open_files() -> None:
    """So that the server, which inherits it, can hold many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures Dragoman's server.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO",
                        help="submit, websockets, translate, interference, long-texts (default: these five) or soak")
    parser.add_argument("--rate", type=int, default=500, help="jobs a second (default: 500)")
    parser.add_argument("--seconds", type=int, default=60, help="for how long (default: 60)")
    parser.add_argument("--sockets", type=int, default=10_000, help="WebSockets (default: 10000)")
    parser.add_argument("--minutes", type=int, default=10, help="of mixed load (default: 10)")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/dragoman", help="the server")
    parser.add_argument("--generator", type=pathlib.Path, default=ROOT / ".build/release/load-generator",
                        help="the load generator")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "BENCHMARKS.md",
                        help="the page to write the tables into (default: docs/BENCHMARKS.md)")
    arguments = parser.parse_args()
    arguments.scenarios = arguments.scenarios or ["submit", "websockets", "translate", "interference", "long-texts"]
    if unknown := set(arguments.scenarios) - set(scenarios(arguments)):
        parser.error(f"there is no scenario '{min(unknown)}', expected some of {', '.join(scenarios(arguments))}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    raise_open_files()
    tables, is_well = [], True
    try:
        for name in arguments.scenarios:
            scenario = scenarios(arguments)[name]
            print(f"{scenario.title}:", flush=True)
            rows, scenario_is_well = measure(scenario, arguments)
            tables.append((scenario.title, rows))
            is_well = is_well and scenario_is_well
    except (BenchError, OSError) as error:
        sys.exit(f"error: {error}")
    if arguments.scenarios == ["soak"]:
        markers = ("<!-- soak:begin -->", "<!-- soak:end -->", "The server over time")
        write_report(arguments.output, *markers, report(tables, "scripts/soak"))
    else:
        write_report(arguments.output, BEGIN, END, "The server", report(tables, "scripts/bench-server"))
    if not is_well:
        sys.exit("error: the server did not do all that was asked of it (see above)")


if __name__ == "__main__":
    main()
