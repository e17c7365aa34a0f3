"""Which language a line is written in: scripts always, fastText's identifier where its model is given."""

from __future__ import annotations

import unicodedata
from pathlib import Path

SCRIPTS = {"en": "LATIN", "es": "LATIN", "de": "LATIN", "fr": "LATIN", "hi": "DEVANAGARI"}


def script_share(text: str, script: str) -> float:
    """The share of the letters of ``text`` that belong to ``script``; 1 when there is no letter."""
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    if not letters:
        return 1.0
    if script == "DEVANAGARI":
        return sum("\u0900" <= c <= "\u097f" or c in "\u200c\u200d" for c in letters) / len(letters)
    if script == "LATIN":
        return sum(c < "\u0250" or unicodedata.name(c, "").startswith(("LATIN", "COMBINING")) for c in letters) / len(
            letters
        )
    return sum(unicodedata.name(c, "").startswith(script) for c in letters) / len(letters)


class LanguageIdentifier:
    """fastText's ``lid.176`` model. Confident only about lines of several words."""

    def __init__(self, path: Path):
        import fasttext

        fasttext.FastText.eprint = lambda *_: None
        self._model = fasttext.load_model(str(path)).f

    def probabilities(self, text: str) -> dict[str, float]:
        """The most likely languages of one line, by code."""
        found = self._model.predict(text.replace("\n", " ").lower() + "\n", 4, 0.0, "strict")
        return {label.removeprefix("__label__"): probability for probability, label in found}

    def contradicts(self, text: str, language: str) -> bool:
        """Whether the identifier is sure that ``text`` is in another language than ``language``."""
        if len(text.split()) < 5:
            return False
        found = self.probabilities(text)
        return max(found.values(), default=0.0) > 0.7 and found.get(language, 0.0) < 0.1
