"""A translation engine in a child process that is pinned to one core and speaks JSON, one line per message.

After loading, the child prints `{"ready": true, "engine": NAME, "load_s": SECONDS}`. Then it answers each line:

  {"batch": B, "beam": K, "source_tokens": S, "target_tokens": T, "repeats": N, "seed": X}
      Translates the same B sources once to warm up and N times with the clock running. A source is S - 1 random ids and
      the end token; the output is forced to T tokens; the whole vocabulary takes part in every softmax. Token t of
      source b is 300 + z % (size - 300), where z is the output of SplitMix64 for the state
      X + (b * (S - 1) + t + 1) * 0x9E3779B97F4A7C15 and size is that of the source vocabulary.
      Answer: {"wall": [seconds, ...], "cpu": [seconds of the process, ...]}
  {"translate": {"sources": [[id, ...], ...], "beam": K, "max_length": M}}
      Answer: {"hypotheses": [{"tokens": [id, ...], "score": X}, ...]}: the best hypothesis of each source, without the
      end token. Sources are without the special tokens that config.json lets the engine add.

A request that fails is answered with {"error": MESSAGE}. The end of input ends the child.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEFAULT_BINARY = ROOT / ".build" / "release" / "dragoman"


class WorkerError(Exception):
    """A child that could not be started, died, or answered with an error."""


class Worker:
    """One child. Use it in a `with` statement, which ends it."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], core: int):
        self.name = name
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        except OSError as error:
            raise WorkerError(f"Cannot start '{command[0]}': {error.strerror}.") from error
        ready = self._read()
        if not ready.get("ready"):
            raise WorkerError(f"{name} began with '{ready}' instead of being ready.")
        self.engine: str = ready["engine"]
        self.load_seconds: float = ready["load_s"]

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def ask(self, request: dict) -> dict:
        """Sends one request and waits for its answer."""
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
        except BrokenPipeError as error:
            raise WorkerError(f"{self.name} ended before it was asked.") from error
        return self._read()

    def peak_memory(self) -> int:
        """The largest resident size so far, in bytes."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def _read(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"{self.name} ended with status {self._process.wait()} instead of an answer.")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.name}: {answer['error']}")
        return answer


def last_core() -> int:
    """The core to measure on: the last one, which interrupts rarely choose."""
    return max(os.sched_getaffinity(0))


def dragoman(binary: pathlib.Path, model: pathlib.Path, compute: str, core: int) -> Worker:
    """This project's engine."""
    if not binary.exists():
        raise WorkerError(f"There is no '{binary}'; build it with 'swift build -c release'.")
    command = [str(binary), "bench", "--model", str(model), "--compute", compute, "--threads", "1", "--worker"]
    return Worker("dragoman", command, {}, core)


def reference(model: pathlib.Path, compute: str, core: int, mkl: bool) -> Worker:
    """CTranslate2 with Intel's MKL or with its other backend (oneDNN and Ruy)."""
    script = pathlib.Path(__file__).with_name("reference_worker.py")
    command = [sys.executable, str(script), "--model", str(model), "--compute", compute, "--threads", "1"]
    name = "ctranslate2 (MKL)" if mkl else "ctranslate2 (no MKL)"
    return Worker(name, command, {"CT2_USE_MKL": str(int(mkl)), "OMP_NUM_THREADS": "1"}, core)
