"""Batches by number of pieces, drawn reproducibly: the same seed and position always give the same batch.

Batches come in few sizes. A processor's library prepares code for every new size of a matrix product and keeps it,
and an allocator keeps memory of every size it once gave: with ever-new sizes a long run slows down and grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .packing import PackedData
from .vocabulary import BEGINNING, END, PADDING

STEP = 4


def rounded(lengths):
    """Lengths (a number or an array) rounded up to those that rows are padded to."""
    return lengths + -lengths % STEP


@dataclass(frozen=True)
class Batch:
    """Padded rows: tagged sources with their end, and targets shifted right and not."""

    sources: Tensor
    inputs: Tensor
    labels: Tensor


def padded(rows: list[np.ndarray]) -> Tensor:
    """Rows as one matrix of int64, filled up with padding to one of few widths."""
    matrix = np.full((len(rows), rounded(max(map(len, rows)))), PADDING, np.int64)
    for index, row in enumerate(rows):
        matrix[index, : len(row)] = row
    return torch.from_numpy(matrix)


class BatchSource:
    """Draws examples of each direction by weight, so that directions contribute their share of target pieces."""

    def __init__(self, data: PackedData, shares: dict[str, float], tags: dict[str, int], batch_tokens: int, seed: int):
        self._data, self._budget, self._seed = data, batch_tokens, seed
        self._tags = [tags[name] for name in data.direction_names]
        lengths = data.lengths
        self._source_lengths = lengths[data.sources]
        self._target_lengths = lengths[data.targets]
        self._members = [np.flatnonzero(data.directions == d) for d in range(len(data.direction_names))]
        self._shares = [shares[name] for name in data.direction_names]
        self._mean = [self._mean_length(m) for m in self._members]
        self._order: dict[int, tuple[int, np.ndarray]] = {}

    def _mean_length(self, members: np.ndarray) -> float:
        weights = self._data.weights[members]
        return float(np.dot(self._target_lengths[members] + 1, weights) / weights.sum())

    def epoch(self, direction: int, number: int) -> np.ndarray:
        """One epoch of a direction: every example about as often as its weight says, in random order."""
        if self._order.get(direction, (-1,))[0] != number:
            generator = np.random.default_rng((self._seed, direction, number))
            members = self._members[direction]
            weights = self._data.weights[members]
            copies = np.floor(weights + generator.random(len(weights))).astype(int)
            self._order[direction] = number, generator.permutation(np.repeat(members, copies))
        return self._order[direction][1]

    def _drawn(self, direction: int, start: int, count: int) -> np.ndarray:
        # Epochs differ a little in length; a nominal length keeps positions independent of what was drawn before.
        nominal = max(1, int(self._data.weights[self._members[direction]].sum() * 0.98))
        taken = []
        while count > 0:
            number, offset = divmod(start, nominal)
            part = self.epoch(direction, number)[offset : min(nominal, offset + count)]
            if not len(part):
                part = self._members[direction][:1]
            taken.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(taken)

    def batches(self, number: int, pass_tokens: int) -> list[np.ndarray]:
        """The batches of pass ``number``: about ``pass_tokens`` target pieces, in random order.

        A batch holds examples whose longer side is equally long once rounded, and as many as the budget allows.
        """
        chosen = []
        for direction, share in enumerate(self._shares):
            count = int(pass_tokens * share / self._mean[direction])
            chosen.append(self._drawn(direction, number * count, count))
        generator = np.random.default_rng((self._seed, 1000, number))
        examples = generator.permutation(np.concatenate(chosen))
        sources = rounded(self._source_lengths[examples] + 2)
        targets = rounded(self._target_lengths[examples] + 1)
        longer = np.maximum(sources, targets)
        order = np.lexsort((sources, targets, longer))
        batches = []
        for members in np.split(order, np.flatnonzero(np.diff(longer[order])) + 1):
            rows = max(1, self._budget // int(longer[members[0]]))
            batches += [examples[members[start : start + rows]] for start in range(0, len(members), rows)]
        return [batches[i] for i in generator.permutation(len(batches))]

    def load(self, examples: np.ndarray) -> Batch:
        """The tensors of a batch."""
        data = self._data
        sources, inputs, labels = [], [], []
        for example in examples:
            tag = self._tags[data.directions[example]]
            target = data.sequence(data.targets[example])
            sources.append(np.concatenate([[tag], data.sequence(data.sources[example]), [END]]))
            inputs.append(np.concatenate([[BEGINNING], target]))
            labels.append(np.concatenate([target, [END]]))
        return Batch(padded(sources), padded(inputs), padded(labels))

    def in_order(self, limit: int) -> Iterator[tuple[int, Batch]]:
        """Every example once, direction by direction, for evaluation."""
        for direction, members in enumerate(self._members):
            ordered = members[np.argsort(self._target_lengths[members], kind="stable")]
            for start in range(0, len(ordered), limit):
                yield direction, self.load(ordered[start : start + limit])
