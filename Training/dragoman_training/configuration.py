"""The configuration of one model, read from a TOML file such as ``starter.toml``."""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ModelShape:
    """Sizes of the encoder-decoder. ``width`` is divisible by ``heads``."""

    vocabulary: int
    width: int = 256
    heads: int = 4
    feed_forward: int = 1024
    encoder_layers: int = 4
    decoder_layers: int = 2
    positions: int = 512


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of the training loop. Fractions are of the run's progress, 0 to 1."""

    batch_tokens: int = 3072
    matrix_rate: float = 0.01
    vector_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_steps: int = 100
    hold_fraction: float = 0.3
    final_rate: float = 0.01
    label_smoothing: float = 0.1
    dropout: float = 0.0
    average_decay: float = 0.998
    quantise_from: float = 1.0
    pass_tokens: int = 250_000
    seed: int = 1


@dataclass(frozen=True)
class Configuration:
    """Everything that decides what a model learns from and how."""

    name: str
    pairs: list[str]
    directions: dict[str, float]
    tags: list[str]
    shape: ModelShape
    recipe: Recipe
    max_pieces: int
    source_weights: dict[str, float] = field(default_factory=dict)
    excluded: list[str] = field(default_factory=list)
    shortest: dict[str, int] = field(default_factory=dict)
    augmentation: dict[str, float] = field(default_factory=dict)

    def weight_of(self, pair: str, source: str) -> float:
        """The sampling weight of a source in a pair.

        The last matching pattern wins. A pattern is a shell-style name, or ``pair:name`` for one pair only.
        """
        weight = 1.0
        for pattern, value in self.source_weights.items():
            scope, _, name = pattern.rpartition(":")
            if (not scope or scope == pair) and fnmatch.fnmatchcase(source, name):
                weight = value
        return weight

    def minimum_words(self, source: str) -> int:
        """The fewest English words a line of a source must have, for sources whose short lines are noise."""
        return max((n for pattern, n in self.shortest.items() if fnmatch.fnmatchcase(source, pattern)), default=0)

    def is_excluded(self, source: str) -> bool:
        """Whether a source is left out altogether."""
        return any(fnmatch.fnmatchcase(source, pattern) for pattern in self.excluded)


def load(path: Path) -> Configuration:
    """Reads a configuration. Unknown keys are an error, so that a misspelt setting is not silently ignored."""
    with open(path, "rb") as file:
        table = tomllib.load(file)
    try:
        return Configuration(
            name=table["name"],
            pairs=table["pairs"],
            directions=table["directions"],
            tags=table["tags"],
            shape=ModelShape(**table["model"]),
            recipe=Recipe(**table["recipe"]),
            max_pieces=table["max_pieces"],
            source_weights=table.get("source_weights", {}),
            excluded=table.get("excluded", []),
            shortest=table.get("shortest", {}),
            augmentation=table.get("augmentation", {}),
        )
    except (KeyError, TypeError) as error:
        raise SystemExit(f"{path}: missing or unknown setting: {error}") from error
