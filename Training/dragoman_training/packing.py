"""Packed training data: one flat array of pieces, and examples that point into it.

A sentence is stored once, whichever directions use it, so the whole corpus travels in a small file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class PackedData:
    """``pieces[offsets[i]:offsets[i + 1]]`` is sequence ``i``, without tag, beginning or end.

    Example ``n`` translates sequence ``sources[n]`` into ``targets[n]`` in direction ``directions[n]`` (an index
    into ``direction_names``) and is drawn in proportion to ``weights[n]``.
    """

    pieces: np.ndarray
    offsets: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    directions: np.ndarray
    weights: np.ndarray
    direction_names: list[str]

    def sequence(self, index: int) -> np.ndarray:
        """The pieces of one sequence."""
        return self.pieces[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """The length in pieces of every sequence."""
        return np.diff(self.offsets)

    def save(self, path: Path) -> None:
        """Writes a compressed NumPy archive."""
        arrays = {
            name: getattr(self, name) for name in ("pieces", "offsets", "sources", "targets", "directions", "weights")
        }
        np.savez_compressed(path, names=np.array(self.direction_names), **arrays)

    @staticmethod
    def load(path: Path) -> PackedData:
        """Reads what ``save`` wrote."""
        with np.load(path) as archive:
            arrays = {name: archive[name] for name in archive.files if name != "names"}
            return PackedData(**arrays, direction_names=[str(n) for n in archive["names"]])


class Packer:
    """Collects examples; sequences that occur more than once are stored once."""

    def __init__(self, direction_names: list[str], max_pieces: int):
        self._names = direction_names
        self._max = max_pieces
        self._ids: dict[bytes, int] = {}
        self._sequences: list[np.ndarray] = []
        self._examples: list[tuple[int, int, int, float]] = []

    def add(self, source: list[int], target: list[int], direction: int, weight: float) -> bool:
        """Adds one example. Empty and overlong ones are refused."""
        if not 0 < len(source) <= self._max or not 0 < len(target) <= self._max:
            return False
        self._examples.append((self._id(source), self._id(target), direction, weight))
        return True

    def _id(self, pieces: list[int]) -> int:
        array = np.array(pieces, np.uint16)
        index = self._ids.setdefault(array.tobytes(), len(self._sequences))
        if index == len(self._sequences):
            self._sequences.append(array)
        return index

    def packed(self) -> PackedData:
        """Everything added so far."""
        columns = list(zip(*self._examples, strict=True))
        return PackedData(
            pieces=np.concatenate(self._sequences),
            offsets=np.concatenate([[0], np.cumsum([len(s) for s in self._sequences])]).astype(np.uint32),
            sources=np.array(columns[0], np.uint32),
            targets=np.array(columns[1], np.uint32),
            directions=np.array(columns[2], np.uint8),
            weights=np.array(columns[3], np.float32),
            direction_names=self._names,
        )
