"""Times this project's engine and CTranslate2 on the same work and writes the table into docs/BENCHMARKS.md.

Each engine runs in a child process of its own (see worker.py), all pinned to the same core with one thread each, and
only one of them works at a time. They take turns (A B C A B C ...), so that whatever else the machine does falls on
all. CTranslate2 runs with and without MKL; the table shows whichever was faster in that row. Speeds are medians over the
rounds, ratios are the median of the ratios within each round, with the smallest and largest beside it.
"""

import argparse
import contextlib
import dataclasses
import datetime
import math
import os
import pathlib
import platform
import re
import statistics
import sys

import models
import worker

BEGIN, END = "<!-- engine:begin -->", "<!-- engine:end -->"
TOKENS = 25
SECONDS_PER_TURN = 1.0
MODELS = ("starter", "tiny", "base")
ROWS = {
    "quick": ((1, 1), (32, 1), (32, 4)),
    "full": ((1, 1), (1, 4), (32, 1), (32, 4), (64, 1), (64, 4)),
}
FLAGS = ("avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_int8",
         "asimddp", "i8mm", "sve")


@dataclasses.dataclass
class Speeds:
    """Tokens per second of one engine in one row, one number per round."""

    wall: list[float] = dataclasses.field(default_factory=list)
    cpu: list[float] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Row:
    """One line of the table."""

    model: str
    batch: int
    beam: int
    ours: Speeds
    references: dict[str, Speeds]

    def cells(self, clock: str) -> list[str]:
        """The faster reference, ours and the ratio by one clock ('wall' or 'cpu')."""
        ours = getattr(self.ours, clock)
        name, theirs = max(((name, getattr(speeds, clock)) for name, speeds in self.references.items()),
                           key=lambda pair: statistics.median(pair[1]))
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        backend = "MKL" if name == "ctranslate2 (MKL)" else "oneDNN"
        return [f"{statistics.median(theirs):,.0f} ({backend})", f"{statistics.median(ours):,.0f}",
                f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})"]

    def markdown(self) -> str:
        cells = [self.model, str(self.batch), str(self.beam), *self.cells("wall"), *self.cells("cpu")]
        return "| " + " | ".join(cells) + " |"


def turn(engine: worker.Worker, batch: int, beam: int, repeats: int) -> dict:
    """One engine's turn: the seconds of its repeats."""
    return engine.ask({"batch": batch, "beam": beam, "source_tokens": TOKENS, "target_tokens": TOKENS,
                       "repeats": repeats, "seed": 7})


def measure(model: str, engines: list[worker.Worker], batch: int, beam: int, rounds: int) -> Row:
    """All rounds of one row; the first engine is ours."""
    repeats = {}
    for engine in engines:
        seconds = turn(engine, batch, beam, 1)["wall"][0]
        repeats[engine.name] = min(50, max(1, math.ceil(SECONDS_PER_TURN / seconds)))
    speeds = {engine.name: Speeds() for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            answer = turn(engine, batch, beam, repeats[engine.name])
            for clock in ("wall", "cpu"):
                seconds = statistics.median(answer[clock])
                getattr(speeds[engine.name], clock).append(batch * TOKENS / seconds)
    ours = speeds.pop(engines[0].name)
    return Row(model, batch, beam, ours, speeds)


def measure_model(name: str, arguments: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """The rows of one model and a line per engine on loading and memory."""
    folder = models.model_folder(worker.ROOT, name)
    core = worker.last_core()
    with contextlib.ExitStack() as stack:
        engines = [stack.enter_context(worker.dragoman(arguments.binary, folder, "int8", core))]
        engines += [stack.enter_context(worker.reference(folder, "int8", core, mkl)) for mkl in (False, True)]
        rows = []
        for batch, beam in ROWS[arguments.rows]:
            rows.append(measure(name, engines, batch, beam, arguments.rounds))
            print(rows[-1].markdown(), flush=True)
        notes = [f"| {name} | {engine.name} | {engine.engine} | {engine.load_seconds:.3f} "
                 f"| {engine.peak_memory() / 2**20:,.0f} |" for engine in engines]
    return rows, notes


def machine() -> str:
    """The processor, its cores and the instruction sets that matter here."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", text, re.MULTILINE)
    present = [flag for flag in FLAGS if flags and flag in flags[1].split()]
    name = model[1] if model else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {' '.join(present)}"


def report(rows: list[Row], notes: list[str], rounds: int) -> str:
    """The Markdown between the markers."""
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with `scripts/bench`: {machine()}; "
        f"{platform.system()}, Python {platform.python_version()}.",
        "",
        f"Tokens per second on one core with int8 weights, {rounds} rounds in turns; sources and outputs of {TOKENS} "
        "tokens each, the whole vocabulary in every softmax. CTranslate2 ran with and without MKL, the faster one is "
        "shown. A ratio above 1 means that Dragoman is faster: the median over the rounds, then the smallest and "
        "largest.",
        "",
        "| model | batch | beam | CTranslate2, wall | Dragoman, wall | ratio | CTranslate2, CPU | Dragoman, CPU "
        "| ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(row.markdown() for row in rows),
        "",
        "| model | process | engine | load, s | peak memory, MiB |",
        "| --- | --- | --- | ---: | ---: |",
        *notes,
    ]
    return "\n".join(lines)


def write_report(path: pathlib.Path, text: str) -> None:
    """Puts the text between the markers and keeps everything else."""
    page = path.read_text() if path.exists() else f"# Benchmarks\n\n## Engine\n\n{BEGIN}\n{END}\n"
    if BEGIN not in page or END not in page:
        page = page.rstrip("\n") + f"\n\n## Engine\n\n{BEGIN}\n{END}\n"
    head, rest = page.split(BEGIN, 1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Times Dragoman's engine and CTranslate2 on the same work.")
    parser.add_argument("--rows", choices=sorted(ROWS), default="quick", help="how many rows (default: quick)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per row, at least 1 (default: 5)")
    parser.add_argument("--models", default=",".join(MODELS), help="of %(default)s")
    parser.add_argument("--binary", type=pathlib.Path, default=worker.DEFAULT_BINARY, help="the dragoman to measure")
    parser.add_argument("--output", type=pathlib.Path, default=worker.ROOT / "docs" / "BENCHMARKS.md",
                        help="the page to write the table into (default: docs/BENCHMARKS.md)")
    arguments = parser.parse_args()
    arguments.models = arguments.models.split(",")
    if arguments.rounds < 1:
        parser.error(f"--rounds is '{arguments.rounds}', expected 1 or more")
    if unknown := set(arguments.models) - set(MODELS):
        parser.error(f"--models has '{min(unknown)}', expected some of {', '.join(MODELS)}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    rows, notes = [], []
    try:
        for name in arguments.models:
            more_rows, more_notes = measure_model(name, arguments)
            rows += more_rows
            notes += more_notes
    except worker.WorkerError as error:
        sys.exit(f"error: {error}")
    write_report(arguments.output, report(rows, notes, arguments.rounds))


if __name__ == "__main__":
    main()
