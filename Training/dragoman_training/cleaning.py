"""Rules that decide whether a pair of lines may teach the model; each names its reason for the report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from .language import SCRIPTS, LanguageIdentifier, script_share

PLACEHOLDER = re.compile(
    r"%(?:\d+\$)?[-+#0]*\d*(?:\.\d+)?[sdiufgxX]|%\([A-Za-z_]\w*\)[sd]|\$\{\w+\}|\{\{?\w*\}?\}|</?\w+[^<>]*/?>|⟦\d+⟧|\$\d"
)
URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+|[\w.+-]+@[\w-]+\.\w+")
NUMBER = re.compile(r"\d+(?:[.,  \u00a0\u202f]\d{3})*(?:[.,]\d+)?")
MARKUP = re.compile(
    r":(?:ref|class|func|meth|mod|term|doc|c:\w+|attr|data|exc|pep|keyword|option|const|source):`|``|\\\w+\{|&[a-z]+;"
)
SPACES = re.compile(r"\s+")
WORD_RUN = re.compile(r"(\b\w+\b)(?:\W+\1\b){3,}", re.IGNORECASE)
CLOSING = "\"'”’»)]} \u200c\u200d"
FINAL_MARKS = {"।": ".", "॥": ".", "…": ".", "?": "?", "？": "?", "!": "!", "！": "!", ".": ".", ":": ":", ";": ";"}

Rule = Callable[[str, str], bool]


def normalise(text: str) -> str:
    """NFC without control characters, soft hyphens and byte-order marks; runs of white space become one space."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if unicodedata.category(c) != "Cc" or c in "\t\n")
    return SPACES.sub(" ", text.replace("\u00ad", "").replace("\ufeff", "").replace("\u200b", "")).strip()


def key(text: str) -> str:
    """What duplicates share: letters and digits in lower case."""
    return "".join(c for c in text.lower() if c.isalnum() or "\u0900" <= c <= "\u097f")


def digits(text: str) -> list[str]:
    """The numbers of a line in order of size, with western digits and without separators; URLs do not count."""
    western = "".join(str(unicodedata.digit(c)) if c.isdigit() and unicodedata.digit(c, -1) >= 0 else c for c in text)
    return sorted(re.sub(r"\D", "", number) for number in NUMBER.findall(URL.sub(" ", western)))


def placeholders(text: str) -> list[str]:
    """The placeholders and tags of a line, in order of text."""
    return sorted(PLACEHOLDER.findall(text))


def final_mark(text: str) -> str:
    """The kind of punctuation a line ends with (``.``, ``?``, ``!``, ``:``, ``;``), or nothing."""
    text = text.rstrip(CLOSING)
    return FINAL_MARKS.get(text[-1:], "")


def _length(a: str, b: str) -> bool:
    words = max(len(a.split()), len(b.split()))
    return not key(a) or not key(b) or words > 100 or max(len(a), len(b)) > 700


def _ratio(a: str, b: str) -> bool:
    if max(len(a), len(b)) < 24:
        return not 0.2 <= (len(a) + 3) / (len(b) + 3) <= 5
    return not 0.45 <= (len(a) + 5) / (len(b) + 5) <= 2.2


def _copied(a: str, b: str) -> bool:
    return key(a) == key(b) and len(a.split()) > 2


def _numbers(a: str, b: str) -> bool:
    left, right = digits(a), digits(b)
    if left == right:
        return False
    # A number may be spelt out on one side ("3" and "three"): only longer numbers must agree.
    return (
        sorted(n for n in left if len(n) > 1) != sorted(n for n in right if len(n) > 1)
        or abs(len(left) - len(right)) > 2
    )


def _punctuation(a: str, b: str) -> bool:
    left, right = final_mark(a), final_mark(b)
    return left != right and ("?" in (left, right) or ":" in (left, right))


def _placeholders(a: str, b: str) -> bool:
    return placeholders(a) != placeholders(b)


def _urls(a: str, b: str) -> bool:
    return len(URL.findall(a)) != len(URL.findall(b))


def _markup(a: str, b: str) -> bool:
    return bool(MARKUP.search(a) or MARKUP.search(b))


def _symbols(a: str, b: str) -> bool:
    return any(
        sum(c.isalpha() or "\u0900" <= c <= "\u097f" or c == " " for c in text) < 0.55 * len(text) for text in (a, b)
    )


def _repetition(a: str, b: str) -> bool:
    return bool(WORD_RUN.search(a)) != bool(WORD_RUN.search(b))


def _brackets(a: str, b: str) -> bool:
    return abs(a.count("(") - b.count("(")) > 1 or a.count("(") - a.count(")") != b.count("(") - b.count(")")


RULES: dict[str, Rule] = {
    "length": _length,
    "length ratio": _ratio,
    "copied": _copied,
    "markup": _markup,
    "mostly symbols": _symbols,
    "placeholders differ": _placeholders,
    "numbers differ": _numbers,
    "addresses differ": _urls,
    "final punctuation differs": _punctuation,
    "brackets differ": _brackets,
    "word repeated on one side": _repetition,
}


@dataclass
class Cleaner:
    """Judges the pairs of one language pair, remembering those it has passed.

    ``held_out`` are keys of evaluation sentences: a pair that contains one is dropped on either side.
    """

    languages: tuple[str, str]
    identifier: LanguageIdentifier | None = None
    held_out: frozenset[str] = frozenset()
    per_line: int = 4
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _uses: dict[str, int] = field(default_factory=dict)

    def reason_to_drop(self, a: str, b: str) -> str | None:
        """Why a normalised pair must go, or ``None`` to keep it."""
        for name, rule in RULES.items():
            if rule(a, b):
                return name
        for text, language in zip((a, b), self.languages, strict=True):
            if script_share(text, SCRIPTS[language]) < 0.6:
                return "script"
        left, right = key(a), key(b)
        if left in self.held_out or right in self.held_out:
            return "evaluation set"
        if (left, right) in self._seen:
            return "duplicate"
        if max(self._uses.get("a" + left, 0), self._uses.get("b" + right, 0)) >= self.per_line:
            return "line seen too often"
        if self.identifier:
            for text, language in zip((a, b), self.languages, strict=True):
                if self.identifier.contradicts(text, language):
                    return "language"
        self._seen.add((left, right))
        for name in ("a" + left, "b" + right):
            self._uses[name] = self._uses.get(name, 0) + 1
        return None
