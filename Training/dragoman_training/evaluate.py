"""``evaluate``: BLEU and chrF of exported models, everyday phrases, and repetition on odd inputs, as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import sacrebleu
import sentencepiece

from .odd_inputs import odd_inputs
from .program import ProgramModel
from .repetition import loops, stutters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``evaluate``."""
    parser.add_argument("models", type=Path, nargs="+", help="CTranslate2 directories")
    parser.add_argument("--evaluation", type=Path, required=True, help="folder of parallel <language>.txt files")
    parser.add_argument("--phrases", type=Path, help="folder of <source>-<target>.tsv: phrase, acceptable translation")
    parser.add_argument("--kinds", nargs="+", default=["int8"], help="computation: int8, float32")
    parser.add_argument("--program", type=Path, help="translate with this 'dragoman' instead of with CTranslate2")
    parser.add_argument("--guards", choices=["on", "off"], default="on", help="the program's guards against bad output")
    parser.add_argument("--beam", type=int, default=2)
    parser.add_argument("--lines", type=int, default=0, help="only the first lines of the evaluation set")
    parser.add_argument("--odd", type=int, default=0, help="number of odd inputs to check for repetition")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, help="file for the JSON report; else printed")


class ReferenceModel:
    """A model directory with its tokenizer and the directions its ``model.json`` lists, computed by CTranslate2."""

    def __init__(self, folder: Path, kind: str, threads: int):
        import ctranslate2  # not needed where the program computes

        self._translator = ctranslate2.Translator(
            str(folder), device="cpu", compute_type=kind, inter_threads=1, intra_threads=threads
        )
        table = json.loads((folder / "model.json").read_text("utf-8"))
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / table["tokenizer"]))
        self._prefix, self._limit = table["source_prefix"], table["max_source_tokens"]
        self.directions = [(d["source"], d["target"]) for d in table["languages"]]

    def translate(self, lines: list[str], source: str, target: str, beam: int) -> list[str]:
        """One translation per line, without any guard against repetition."""
        prefix = self._prefix.replace("{target}", target)
        pieces = [[prefix] + self._pieces.encode(line, out_type=str)[: self._limit] for line in lines]
        results = self._translator.translate_batch(pieces, beam_size=beam, max_batch_size=32, max_decoding_length=200)
        return [self._pieces.decode(result.hypotheses[0]) for result in results]


def scores(hypotheses: list[str], references: list[str]) -> dict[str, object]:
    """BLEU and chrF with their signatures, so that the figures can be compared."""
    table: dict[str, object] = {}
    for name, metric in (("BLEU", sacrebleu.metrics.BLEU()), ("chrF", sacrebleu.metrics.CHRF())):
        result = metric.corpus_score(hypotheses, [references])
        table[name] = round(result.score, 2)
        table[f"{name} signature"] = str(metric.get_signature())
    return table


def repetition(pairs: list[tuple[str, str]]) -> dict[str, object]:
    """How many translations of odd inputs lose themselves in a repetition that their source does not have."""
    looped = [pair for pair in pairs if loops(*pair)]
    stuttered = [pair for pair in pairs if stutters(*pair)]
    table: dict[str, object] = {"tried": len(pairs), "looped": len(looped), "stuttered": len(stuttered)}
    return table | {"examples": (looped + stuttered)[:20]}


def judge(model: ReferenceModel | ProgramModel, options: argparse.Namespace) -> dict[str, object]:
    """The report on one model, by direction."""
    report: dict[str, object] = {}
    for source, target in model.directions:
        name = f"{source}-{target}"
        lines, references = (
            (options.evaluation / f"{language}.txt").read_text("utf-8").splitlines()[: options.lines or None]
            for language in (source, target)
        )
        hypotheses = model.translate(lines, source, target, options.beam)
        table = scores(hypotheses, references) | {"lines": len(lines)}
        table["repetition loops"] = sum(map(loops, lines, hypotheses))
        table["examples"] = list(zip(lines, hypotheses, references, strict=True))[:5]
        phrases = options.phrases / f"{name}.tsv" if options.phrases else None
        if phrases and phrases.exists():
            rows = [row.split("\t") for row in phrases.read_text("utf-8").splitlines() if row]
            answers = model.translate([row[0] for row in rows], source, target, options.beam)
            table["phrases"] = [(row[0], answer, row[1]) for row, answer in zip(rows, answers, strict=True)]
        if options.odd:
            inputs = odd_inputs(source, options.odd // len(model.directions))
            answers = model.translate(inputs, source, target, options.beam)
            table["odd inputs"] = repetition(list(zip(inputs, answers, strict=True)))
        report[name] = table
    return report


def run(options: argparse.Namespace) -> None:
    """Evaluates every model with every kind of arithmetic."""
    report = {}
    for folder in options.models:
        for kind in options.kinds:
            if options.program:
                model = ProgramModel(options.program, folder, kind, options.threads, options.guards == "on")
            else:
                model = ReferenceModel(folder, kind, options.threads)
            report[f"{folder.name} {kind}"] = judge(model, options)
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    if options.output:
        options.output.write_text(text, "utf-8")
        for name, directions in report.items():
            for direction, table in directions.items():
                odd = {k: v for k, v in table.get("odd inputs", {}).items() if k != "examples"}
                print(name, direction, {k: table[k] for k in ("BLEU", "chrF", "repetition loops")}, odd)
    else:
        print(text, end="")
