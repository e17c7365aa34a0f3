"""Finding repetition loops, the typical failure of a weak model."""

from __future__ import annotations

from collections import Counter


def most_repeated(words: list[str], size: int = 4) -> int:
    """How often the most frequent run of ``size`` words occurs."""
    runs = Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))
    return max(runs.values(), default=0)


def loops(source: str, translation: str) -> bool:
    """Whether four words come three times or more in a translation, more often than four words do in its source."""
    return most_repeated(translation.split()) >= max(3, most_repeated(source.split()) + 1)


def stutters(source: str, translation: str) -> bool:
    """Whether the longest word of a translation is a run that repeats its characters many times over.

    What ``loops`` is for words, for those who write none: four characters come eight times or more, and more often
    than in the longest word of the source.
    """
    longest = max(translation.split(), key=len, default="")
    original = max(source.split(), key=len, default="")
    return len(longest) > 40 and most_repeated(list(longest)) >= max(8, most_repeated(list(original)) + 4)
