"""Compares this project's translations with CTranslate2's, live, on the FLORES lines of Tests/Fixtures.

Both engines get the same ids. In float32 they should choose the same tokens, except where two candidates are so close
that the order of additions decides; scores are compared on the lines whose tokens are identical. In int8 they may round
differently, so the quality is compared: chrF against the FLORES references. Exits with 1 where a limit is missed.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

import reference_worker
import sacrebleu
import sentencepiece
import worker

FLORES = worker.ROOT / "Tests" / "Fixtures" / "flores-dev"
MAX_SOURCE_TOKENS = 100
MAX_LENGTH = 200
MIN_IDENTICAL = 0.98
MAX_SCORE_DIFFERENCE = 1e-3
MAX_CHRF_LOSS = 0.3


@dataclasses.dataclass(frozen=True)
class Direction:
    """From one language into another."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}-{self.target}"


class Model:
    """A model directory: its tokenizers, its vocabularies and what model.json says."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        manifest = folder / "model.json"
        self._manifest = json.loads(manifest.read_text()) if manifest.exists() else {}
        self._source_pieces = self._pieces("source.spm")
        self._target_pieces = self._pieces("target.spm")
        self._source_ids = {t: i for i, t in enumerate(reference_worker.load_vocabulary(folder, "source"))}
        self._target_tokens = reference_worker.load_vocabulary(folder, "target")

    def _pieces(self, own: str) -> sentencepiece.SentencePieceProcessor:
        for name in (own, self._manifest.get("tokenizer", "sentencepiece.model")):
            if (self.folder / name).exists():
                return sentencepiece.SentencePieceProcessor(model_file=str(self.folder / name))
        sys.exit(f"error: There is neither '{own}' nor 'sentencepiece.model' in '{self.folder}'.")

    def directions(self) -> list[Direction]:
        """What model.json lists and FLORES lines are there for."""
        listed = (Direction(entry["source"], entry["target"]) for entry in self._manifest.get("languages", []))
        return [d for d in listed if all((FLORES / f"{code}.txt").exists() for code in (d.source, d.target))]

    def encode(self, line: str, direction: Direction) -> list[int]:
        """The ids of a line, after the target's tag where the model wants one."""
        prefix = self._manifest.get("source_prefix", "").replace("{target}", direction.target)
        tokens = [prefix] * bool(prefix) + self._source_pieces.encode(line, out_type=str)
        unknown = self._source_ids["<unk>"]
        return [self._source_ids.get(token, unknown) for token in tokens[:MAX_SOURCE_TOKENS]]

    def decode(self, ids: list[int]) -> str:
        """The text of an output."""
        return self._target_pieces.decode([self._target_tokens[i] for i in ids])


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What both engines made of the lines of one direction."""

    direction: Direction
    compute: str
    beam: int
    lines: int
    identical: int
    score_difference: float
    reference_chrf: float
    chrf: float

    @property
    def passed(self) -> bool:
        close = self.identical >= MIN_IDENTICAL * self.lines and self.score_difference <= MAX_SCORE_DIFFERENCE
        return self.chrf >= self.reference_chrf - MAX_CHRF_LOSS and (self.compute != "float32" or close)

    def markdown(self) -> str:
        cells = (self.compute, self.direction, self.beam, f"{self.identical}/{self.lines}",
                 f"{100 * self.identical / self.lines:.1f} %", f"{self.score_difference:.2g}",
                 f"{self.reference_chrf:.2f}", f"{self.chrf:.2f}", "ok" if self.passed else "**MISSED**")
        return "| " + " | ".join(map(str, cells)) + " |"


def compare(model: Model, direction: Direction, engines: list[worker.Worker], compute: str, beam: int,
            lines: int) -> Comparison:
    """Lets both engines translate the lines of one direction; the first engine is the reference."""
    texts, references = ((FLORES / f"{code}.txt").read_text().splitlines()[:lines]
                         for code in (direction.source, direction.target))
    request = {"sources": [model.encode(text, direction) for text in texts], "beam": beam, "max_length": MAX_LENGTH}
    theirs, ours = (engine.ask({"translate": request})["hypotheses"] for engine in engines)
    same = [(a, b) for a, b in zip(theirs, ours, strict=True) if a["tokens"] == b["tokens"]]
    chrf = [sacrebleu.corpus_chrf([model.decode(h["tokens"]) for h in outputs], [references]).score
            for outputs in (theirs, ours)]
    return Comparison(direction, compute, beam, len(texts), len(same),
                      max((abs(a["score"] - b["score"]) for a, b in same), default=0.0), *chrf)


def compare_all(model: Model, directions: list[Direction], arguments: argparse.Namespace) -> list[Comparison]:
    """Every direction, greedy and beam search, in float32 and int8."""
    comparisons = []
    core = worker.last_core()
    for compute in arguments.compute or ("float32", "int8"):
        with (worker.reference(model.folder, compute, core, mkl=False) as reference,
              worker.dragoman(arguments.binary, model.folder, compute, core) as ours):
            for direction in directions:
                for beam in (1, 4):
                    comparisons.append(compare(model, direction, [reference, ours], compute, beam, arguments.lines))
                    print(comparisons[-1].markdown(), flush=True)
    return comparisons


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compares Dragoman's translations with CTranslate2's.")
    parser.add_argument("--model", type=pathlib.Path, default=worker.ROOT / "Models" / "starter",
                        help="the model directory (default: Models/starter)")
    parser.add_argument("--direction", action="append", metavar="en-es",
                        help="a direction, may be repeated (default: all of model.json)")
    parser.add_argument("--compute", action="append", choices=("float32", "int8"), help="only this (default: both)")
    parser.add_argument("--lines", type=int, default=300, help="lines per direction, at least 1 (default: 300)")
    parser.add_argument("--binary", type=pathlib.Path, default=worker.DEFAULT_BINARY, help="the dragoman to check")
    arguments = parser.parse_args()
    if arguments.lines < 1:
        parser.error(f"--lines is '{arguments.lines}', expected 1 or more")
    for name in arguments.direction or []:
        if name.count("-") != 1 or not all((FLORES / f"{code}.txt").exists() for code in name.split("-")):
            parser.error(f"--direction is '{name}', expected two of the languages in {FLORES}, for example en-es")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    model = Model(arguments.model)
    directions = [Direction(*name.split("-")) for name in arguments.direction or []] or model.directions()
    if not directions:
        sys.exit(f"error: '{arguments.model}' lists no direction with FLORES lines; name one with --direction.")
    print("| compute | direction | beam | identical | share | score difference "
          "| chrF, CTranslate2 | chrF, Dragoman | |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    try:
        comparisons = compare_all(model, directions, arguments)
    except worker.WorkerError as error:
        sys.exit(f"error: {error}")
    if missed := sum(not comparison.passed for comparison in comparisons):
        sys.exit(f"{missed} of {len(comparisons)} comparisons missed their limit.")


if __name__ == "__main__":
    main()
