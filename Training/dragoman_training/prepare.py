"""``prepare``: corpus in; clean, augmented, packed examples, a vocabulary and a report of dropped lines out."""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import sentencepiece

from . import augmentation, configuration, corpus
from .language import LanguageIdentifier
from .packing import PackedData, Packer
from .vocabulary import train_vocabulary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``prepare``."""
    parser.add_argument("--config", type=Path, required=True, help="the model's TOML file")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of <pair>.tsv.gz and <pair>.dict.tsv.gz")
    parser.add_argument(
        "--evaluation", type=Path, required=True, help="folder of <language>.txt that must not be learnt"
    )
    parser.add_argument("--identifier", type=Path, help="fastText language identification model (lid.176.ftz)")
    parser.add_argument("--vocabulary", type=Path, help="an existing SentencePiece model to keep; else one is trained")
    parser.add_argument("--phrasebook", type=Path, help="table of everyday phrases, a column for each language")
    parser.add_argument("--output", type=Path, required=True)


def run(options: argparse.Namespace) -> None:
    """Writes ``data.npz``, ``dev.npz``, ``sentencepiece.model`` and ``dropped-<pair>.json`` to the output folder."""
    config = configuration.load(options.config)
    options.output.mkdir(parents=True, exist_ok=True)
    identifier = LanguageIdentifier(options.identifier) if options.identifier else None
    lines: dict[str, list[corpus.Line]] = {}
    for pair in config.pairs:
        lines[pair], report = corpus.clean(pair, options.corpus, config, identifier, options.evaluation)
        report.write(options.output / f"dropped-{pair}.json", pair)
        if options.phrasebook:
            lines[pair] += corpus.phrasebook(options.phrasebook, pair, config.weight_of(pair, "phrasebook"))
        print(f"{pair}: kept {sum(report.kept.values())} lines", flush=True)
    vocabulary = options.output / "sentencepiece.model"
    if options.vocabulary:
        shutil.copy(options.vocabulary, vocabulary)
    else:
        text = (side for pair in config.pairs for line in lines[pair] for side in (line.english, line.other))
        train_vocabulary(text, vocabulary, config.shape.vocabulary, config.tags)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    data = pack(config, lines, options.corpus, pieces)
    data.save(options.output / "data.npz")
    development(config, options.evaluation, pieces).save(options.output / "dev.npz")
    summarise(data, options.output / "data.json")


def pack(
    config: configuration.Configuration,
    lines: dict[str, list[corpus.Line]],
    folder: Path,
    pieces: sentencepiece.SentencePieceProcessor,
) -> PackedData:
    """Both directions of every pair with their variants, word lists and copies.

    The weights of words, copies and salads add up to their shares (``augmentation.words`` and so on) of the weight of
    the direction's lines.
    """
    names = list(config.directions)
    packer = Packer(names, config.max_pieces)
    generator = random.Random(config.recipe.seed)
    for index, name in enumerate(names):
        source_language, target_language = name.split("-")
        pair, forward = (name, True) if name in lines else (f"{target_language}-{source_language}", False)
        chosen = lines[pair]
        examples = [(line.english, line.other) if forward else (line.other, line.english) for line in chosen]
        weights = [line.weight for line in chosen]
        for origin, variant in augmentation.variants(examples, config.augmentation, generator):
            examples.append(variant)
            weights.append(weights[origin])
        total = sum(weights)
        words = corpus.word_list(pair, folder, chosen)
        words = words if forward else [(b, a) for a, b in words]
        copies = [augmentation.copied(generator) for _ in range(12_000)]
        salads = [augmentation.salad(words, generator) for _ in range(8_000 if words else 0)]
        for extra, share in (
            (words, config.augmentation.get("words", 0)),
            (copies, config.augmentation.get("copies", 0)),
            (salads, config.augmentation.get("salads", 0)),
        ):
            examples += extra
            weights += [share * total / max(len(extra), 1)] * len(extra)
        sources = pieces.encode([e[0] for e in examples])
        targets = pieces.encode([e[1] for e in examples])
        for source, target, weight in zip(sources, targets, weights, strict=True):
            packer.add(source, target, index, weight)
    return packer.packed()


def development(
    config: configuration.Configuration, folder: Path, pieces: sentencepiece.SentencePieceProcessor, count: int = 250
) -> PackedData:
    """The first lines of the evaluation set, packed, for the loss that is watched in training."""
    packer = Packer(list(config.directions), 200)
    for index, name in enumerate(config.directions):
        sides = [(folder / f"{language}.txt").read_text("utf-8").splitlines()[:count] for language in name.split("-")]
        for source, target in zip(pieces.encode(sides[0]), pieces.encode(sides[1]), strict=True):
            packer.add(source, target, index, 1.0)
    return packer.packed()


def summarise(data: PackedData, path: Path) -> None:
    """Writes and prints examples, pieces and weight by direction."""
    lengths = data.lengths
    table = {}
    for index, name in enumerate(data.direction_names):
        mine = data.directions == index
        table[name] = Counter(
            examples=int(mine.sum()),
            target_pieces=int(lengths[data.targets[mine]].sum()),
            weighted_target_pieces=int(np.dot(lengths[data.targets[mine]], data.weights[mine])),
        )
        print(name, dict(table[name]))
    path.write_text(json.dumps(table, indent=1) + "\n")
