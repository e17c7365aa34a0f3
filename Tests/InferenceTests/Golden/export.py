#!/usr/bin/env python3
"""Writes the golden files beside this script: what CTranslate2, the reference, makes of the same models and inputs.

    python Tests/InferenceTests/Golden/export.py [starter] [options] [transliteration] [random]

Without arguments all four are written; it takes some minutes. It needs ctranslate2==4.8.5, sentencepiece and numpy,
and reads the repository that it lies in: Models/starter, Tests/Fixtures and names.txt. Running it again gives the same
files on the same machine; another CPU may round differently, hence the tolerances in the tests.

Common to all files:
  - Everything runs on the CPU with one thread, one sentence at a time, so that no padding takes part.
  - Sources are token ids without the <s> and </s> that the engine adds by itself as config.json says.
  - Outputs are ids without the end token. Scores are as CTranslate2 returns them with default options: the sum of the
    log-probabilities, end token included, divided by the number of tokens (end token included) to the power of the
    length penalty. They are rounded to 6 decimals.
  - `margin` is the smallest lead, in logits, that the chosen token had over the second best in any step of greedy
    decoding: where it is tiny, another order of additions may choose otherwise.
"""

import json
import pathlib
import sys
import tempfile

import ctranslate2
import numpy as np
import random_models
import sentencepiece

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
STARTER = ROOT / "Models" / "starter"
FLORES = ROOT / "Tests" / "Fixtures" / "flores-dev"
TRANSLITERATION = "Tests/Fixtures/transliteration-ar-en"
DIRECTIONS = (("en", "es"), ("es", "en"), ("en", "hi"), ("hi", "en"))
MAX_SOURCE_TOKENS = 100
MAX_DECODING_LENGTH = 200

OPTION_CASES = (
    ("greedy", {"beam_size": 1}),
    ("beam 2", {"beam_size": 2}),
    ("beam 4", {"beam_size": 4}),
    ("beam 8 n-best 8", {"beam_size": 8, "num_hypotheses": 8}),
    ("beam 4 n-best 4", {"beam_size": 4, "num_hypotheses": 4}),
    ("length penalty 0", {"beam_size": 4, "length_penalty": 0}),
    ("length penalty 0.6", {"beam_size": 4, "length_penalty": 0.6}),
    ("length penalty 1.5", {"beam_size": 4, "length_penalty": 1.5}),
    ("coverage penalty 0.2", {"beam_size": 4, "coverage_penalty": 0.2}),
    ("length and coverage penalty", {"beam_size": 4, "length_penalty": 0.8, "coverage_penalty": 0.4}),
    ("repetition penalty greedy", {"beam_size": 1, "repetition_penalty": 1.3}),
    ("repetition penalty beam", {"beam_size": 4, "repetition_penalty": 1.3}),
    ("no repeated trigram greedy", {"beam_size": 1, "no_repeat_ngram_size": 3}),
    ("no repeated trigram beam", {"beam_size": 4, "no_repeat_ngram_size": 3}),
    ("no repeated token greedy", {"beam_size": 1, "no_repeat_ngram_size": 1}),
    ("repetition guards together", {"beam_size": 2, "repetition_penalty": 1.1, "no_repeat_ngram_size": 4}),
    ("minimum 30 greedy", {"beam_size": 1, "min_decoding_length": 30}),
    ("minimum 30 beam", {"beam_size": 4, "min_decoding_length": 30}),
    ("maximum 5 greedy", {"beam_size": 1, "max_decoding_length": 5}),
    ("maximum 5 beam", {"beam_size": 4, "max_decoding_length": 5}),
    ("exactly 25 greedy", {"beam_size": 1, "min_decoding_length": 25, "max_decoding_length": 25}),
    ("exactly 25 beam", {"beam_size": 4, "min_decoding_length": 25, "max_decoding_length": 25}),
    ("prefix greedy", {"beam_size": 1, "prefix": True}),
    ("prefix beam", {"beam_size": 4, "prefix": True}),
    ("prefix n-best 2", {"beam_size": 4, "num_hypotheses": 2, "prefix": True}),
    ("prefix minimum 30", {"beam_size": 4, "min_decoding_length": 30, "prefix": True}),
    ("prefix maximum 5", {"beam_size": 4, "max_decoding_length": 5, "prefix": True}),
    ("prefix no repeated trigram", {"beam_size": 4, "no_repeat_ngram_size": 3, "prefix": True}),
    ("unknown disabled", {"beam_size": 4, "disable_unk": True}),
    ("attention greedy", {"beam_size": 1, "return_attention": True}),
    ("attention beam", {"beam_size": 4, "return_attention": True}),
    ("attention n-best 2 prefix", {"beam_size": 4, "num_hypotheses": 2, "return_attention": True, "prefix": True}),
)


class Vocabulary:
    """Ids of tokens, numbered as CTranslate2 numbers them: in file order, <unk> at the end where the file lacks it."""

    def __init__(self, tokens: list[str]):
        self.tokens = tokens if "<unk>" in tokens else tokens + ["<unk>"]
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        assert len(self._ids) == len(self.tokens), "a token appears twice"

    @classmethod
    def load(cls, path: pathlib.Path) -> "Vocabulary":
        """Reads a .json or .txt vocabulary."""
        text = path.read_bytes().decode()
        return cls(json.loads(text) if path.suffix == ".json" else text.removesuffix("\n").split("\n"))

    def ids(self, tokens: list[str]) -> list[int]:
        unknown = self._ids["<unk>"]
        return [self._ids.get(token, unknown) for token in tokens]

    def strings(self, ids: list[int]) -> list[str]:
        return [self.tokens[i] for i in ids]


class Engine:
    """The reference on one model directory: ids in, ids out."""

    def __init__(self, folder: pathlib.Path, compute_type: str, source: Vocabulary, target: Vocabulary):
        self._translator = ctranslate2.Translator(
            str(folder), device="cpu", compute_type=compute_type, intra_threads=1, inter_threads=1)
        assert self._translator.compute_type.startswith(compute_type), self._translator.compute_type
        self._source, self._target = source, target

    def translate(self, source: list[int], prefix: list[int] | None = None, **options) -> list[dict]:
        """The hypotheses of one source, best first."""
        target_prefix = [self._target.strings(prefix)] if prefix else None
        options = {"max_decoding_length": MAX_DECODING_LENGTH} | options
        result, = self._translator.translate_batch(
            [self._source.strings(source)], target_prefix=target_prefix, return_scores=True, **options)
        hypotheses = [{"tokens": self._target.ids(tokens), "score": round(score, 6)}
                      for tokens, score in zip(result.hypotheses, result.scores, strict=True)]
        for hypothesis, rows in zip(hypotheses, result.attention):
            hypothesis["attention"] = [[round(weight, 5) for weight in row] for row in rows]
        return hypotheses

    def best(self, source: list[int], beam_size: int) -> dict:
        """The best hypothesis with default options."""
        return self.translate(source, beam_size=beam_size)[0]

    def greedy(self, source: list[int], **options) -> dict:
        """The greedy hypothesis with its margin."""
        options = {"max_decoding_length": MAX_DECODING_LENGTH} | options
        result, = self._translator.translate_batch(
            [self._source.strings(source)], beam_size=1, return_scores=True, return_logits_vocab=True, **options)
        leads = [np.diff(np.partition(np.array(row), -2)[-2:])[0] for row in result.logits[0]]
        return {"tokens": self._target.ids(result.hypotheses[0]), "score": round(result.scores[0], 6),
                "margin": round(float(min(leads)), 6)}

    def score(self, source: list[int], target: list[int]) -> list[float]:
        """The log-probability of each target token and, last, of the end token."""
        result, = self._translator.score_batch([self._source.strings(source)], [self._target.strings(target)])
        assert len(result.log_probs) == len(target) + 1
        return [round(value, 6) for value in result.log_probs]


class Starter:
    """The starter model's vocabulary and the FLORES lines as its ids."""

    def __init__(self):
        self.vocabulary = Vocabulary.load(STARTER / "shared_vocabulary.json")
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(STARTER / "sentencepiece.model"))

    def engine(self, compute_type: str) -> Engine:
        return Engine(STARTER, compute_type, self.vocabulary, self.vocabulary)

    def lines(self, language: str, count: int) -> list[list[int]]:
        """The first lines in a language as ids of pieces."""
        text = (FLORES / f"{language}.txt").read_text().splitlines()[:count]
        return [self.vocabulary.ids(self._pieces.encode(line, out_type=str)) for line in text]

    def sources(self, source: str, target: str, count: int) -> list[list[int]]:
        """The lines as the model wants them: the target's tag first, at most MAX_SOURCE_TOKENS tokens."""
        tag = self.vocabulary.ids([f"<2{target}>"])
        return [(tag + line)[:MAX_SOURCE_TOKENS] for line in self.lines(source, count)]


def write(name: str, content: dict) -> None:
    """Writes a golden file compactly."""
    text = json.dumps({"reference": f"ctranslate2 {ctranslate2.__version__}"} | content, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")
    print(f"{name}: {len(text)} bytes", flush=True)


def export_starter() -> None:
    """starter.json: 300 lines in all directions, greedy and beam 4, float32 and int8."""
    starter = Starter()
    engines = {compute_type: starter.engine(compute_type) for compute_type in ("float32", "int8")}
    directions = []
    for source, target in DIRECTIONS:
        sources = starter.sources(source, target, 300)
        entry = {"source": source, "target": target, "sources": sources}
        for compute_type, engine in engines.items():
            entry[compute_type] = {"greedy": [engine.greedy(ids) for ids in sources],
                                   "beam4": [engine.best(ids, 4) for ids in sources]}
        directions.append(entry)
    write("starter.json", {"model": "Models/starter", "max_decoding_length": MAX_DECODING_LENGTH,
                           "directions": directions})


def export_options() -> None:
    """options.json: one case per combination of decoding options, float32; attention for 4 lines only."""
    starter = Starter()
    engine = starter.engine("float32")
    directions = []
    for source, target in (("en", "es"), ("hi", "en")):
        sources = starter.sources(source, target, 20)
        prefixes = [line[:2] for line in starter.lines(target, 20)]
        cases = [option_case(engine, name, options, sources, prefixes) for name, options in OPTION_CASES]
        directions.append({"source": source, "target": target, "sources": sources, "prefixes": prefixes,
                           "cases": cases})
    write("options.json", {"model": "Models/starter", "max_decoding_length": MAX_DECODING_LENGTH,
                           "directions": directions})


def option_case(engine: Engine, name: str, options: dict, sources: list, prefixes: list) -> dict:
    """The hypotheses of all sources (of 4 with attention) under one set of options."""
    count = 4 if "return_attention" in options else len(sources)
    arguments = {key: value for key, value in options.items() if key != "prefix"}
    results = [engine.translate(source, prefix if "prefix" in options else None, **arguments)
               for source, prefix in zip(sources[:count], prefixes)]
    return {"name": name, "options": options, "results": results}


def export_transliteration() -> None:
    """transliteration.json: 200 names through five real models of the old binary formats."""
    names = (HERE / "names.txt").read_text().split()
    root = ROOT / TRANSLITERATION
    folders = sorted(path.parent for path in root.glob("v*/*/model.bin"))
    source, target = (Vocabulary.load(folders[0] / f"{side}_vocabulary.txt") for side in ("source", "target"))
    sources = [source.ids(list(name)) for name in names]
    models = []
    for folder in folders:
        for side, vocabulary in (("source", source), ("target", target)):
            assert Vocabulary.load(folder / f"{side}_vocabulary.txt").tokens == vocabulary.tokens
        engine = Engine(folder, "float32", source, target)
        models.append({"path": folder.relative_to(ROOT).as_posix(),
                       "greedy": [engine.greedy(ids) for ids in sources],
                       "beam4": [engine.best(ids, 4) for ids in sources]})
    write("transliteration.json", {"max_decoding_length": MAX_DECODING_LENGTH, "names": names, "sources": sources,
                                   "models": models})


def export_random() -> None:
    """random.json: random models as manifests, with log-probabilities and greedy outputs."""
    models = []
    for shape in random_models.SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            manifest = random_models.write_model(shape, pathlib.Path(folder))
            models.append({"manifest": manifest} | random_results(pathlib.Path(folder), manifest))
    write("random.json", {"greedy_length": 20, "models": models})


def random_results(folder: pathlib.Path, manifest: dict) -> dict:
    """8 scored pairs and 4 greedy outputs of exactly 20 tokens, with and without <unk>; in int8 where weights are."""
    vocabularies = manifest["vocabularies"]
    source, target = (Vocabulary(random_models.tokens(vocabularies[i])) for i in (0, -1))
    pairs = random_pairs(manifest["name"], len(source.tokens), len(target.tokens))
    weights = next(v["type"] for v in manifest["variables"] if v["name"] == "decoder/embeddings/weight")
    results = {"pairs": [{"source": a, "target": b} for a, b in pairs]}
    for compute_type in ("float32", "int8") if weights == "int8" else ("float32",):
        engine = Engine(folder, compute_type, source, target)
        length = {"min_decoding_length": 20, "max_decoding_length": 20}
        results[compute_type] = {"log_probs": [engine.score(a, b) for a, b in pairs],
                                 "greedy": [engine.greedy(a, **length) for a, _ in pairs[:4]],
                                 "greedy_known": [engine.greedy(a, disable_unk=True, **length) for a, _ in pairs[:4]]}
    return results


def random_pairs(seed: str, source_size: int, target_size: int) -> list[tuple[list[int], list[int]]]:
    """Pairs of 3 to 40 ids, without the special tokens."""
    source_lengths, target_lengths = (3, 40, 17, 8, 25, 12, 33, 5), (40, 3, 20, 11, 7, 28, 16, 34)
    numbers = iter(random_models.splitmix64(random_models.fnv1a(f"{seed}/pairs".encode()), 1000).tolist())

    def ids(count: int, size: int) -> list[int]:
        return [3 + next(numbers) % (size - 3) for _ in range(count)]

    return [(ids(a, source_size), ids(b, target_size)) for a, b in zip(source_lengths, target_lengths)]


EXPORTS = {"starter": export_starter, "options": export_options, "transliteration": export_transliteration,
           "random": export_random}


def main() -> None:
    names = sys.argv[1:] or list(EXPORTS)
    for name in names:
        if name not in EXPORTS:
            sys.exit(f"Unknown golden file '{name}', expected one of {', '.join(EXPORTS)}")
        EXPORTS[name]()


if __name__ == "__main__":
    main()
