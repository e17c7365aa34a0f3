"""Being a good neighbour: how many threads to use while others need the machine.

Two threads that wait for each other on a busy machine waste most of their time; one thread wastes none. So a run
in the background takes all its threads only while the rest of the machine is nearly idle.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch


def busy_seconds(stat: str) -> float:
    """The processor seconds spent by everyone since boot, from the text of Linux's ``/proc/stat``."""
    fields = [int(f) for f in stat.split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    guest = sum(fields[8:10])  # already part of user time
    return (sum(fields) - idle - guest) / os.sysconf("SC_CLK_TCK")


class ThreadGovernor:
    """Sets PyTorch's number of threads between 1 and ``most``, a few times a minute.

    Where ``/proc/stat`` does not exist, always ``most``.
    """

    def __init__(self, most: int, interval: float = 8.0, tolerated: float = 0.3):
        self._most, self._interval, self._tolerated = most, interval, tolerated
        self._stat = Path("/proc/stat")
        torch.set_num_threads(most)
        self._mark()

    def _mark(self) -> None:
        self._at = time.monotonic()
        if self._stat.exists():
            self._busy, self._own = busy_seconds(self._stat.read_text()), time.process_time()

    def adjust(self) -> int:
        """To be called after each step: measures what others used since the last time, and returns the threads."""
        elapsed = time.monotonic() - self._at
        if self._most > 1 and elapsed >= self._interval and self._stat.exists():
            others = busy_seconds(self._stat.read_text()) - self._busy - (time.process_time() - self._own)
            idle = (os.cpu_count() or 1) - others / elapsed
            torch.set_num_threads(max(1, min(self._most, int(idle + self._tolerated))))
            self._mark()
        return torch.get_num_threads()
