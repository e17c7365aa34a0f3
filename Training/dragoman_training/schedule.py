"""How far a run has come, and the learning rate that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def rate_factor(step: int, progress: float, warmup: int, hold: float, final: float) -> float:
    """The share of the peak rate: a short linear warm-up, level until ``hold``, then linear down to ``final``."""
    decay = 1.0 if progress <= hold else max(0.0, (1 - progress) / (1 - hold))
    return min(1.0, (step + 1) / max(1, warmup)) * (final + (1 - final) * decay)


@dataclass
class Progress:
    """Progress from 0 to 1 by target pieces or by the clock, whichever is further.

    A run that is stopped for a while (by a signal, or to be resumed on another machine) still ends in time and
    still comes down to its final rate: the clock counts from where the run began or was resumed. Never goes back.
    """

    total_pieces: float
    clock: Callable[[], float]
    ends_at: float
    resumed_from: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._reached = self.resumed_from

    def at(self, pieces: int) -> float:
        """The progress after ``pieces`` target pieces of the whole run."""
        span = max(1e-9, self.ends_at - self._began)
        by_clock = self.resumed_from + (1 - self.resumed_from) * (self.clock() - self._began) / span
        self._reached = min(1.0, max(self._reached, pieces / self.total_pieces, by_clock))
        return self._reached
