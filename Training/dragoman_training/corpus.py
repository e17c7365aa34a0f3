"""Reading the parallel corpus and word lists, and cleaning them with a report of what was dropped."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .cleaning import Cleaner, key, normalise
from .configuration import Configuration
from .language import LanguageIdentifier


@dataclass(frozen=True)
class Line:
    """One clean pair: English, the other language, the source it came from and its sampling weight."""

    source: str
    english: str
    other: str
    weight: float


@dataclass
class Report:
    """How many pairs each source kept, and why the others were dropped."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def write(self, path: Path, pair: str) -> None:
        """Writes the report as JSON: totals by reason, then for each source its weight class and counts."""
        reasons: Counter[str] = Counter()
        for counter in self.dropped.values():
            reasons.update(counter)
        sources = sorted(set(self.kept) | set(self.dropped), key=lambda s: -self.kept[s])
        table = {
            "pair": pair,
            "kept": sum(self.kept.values()),
            "dropped": sum(reasons.values()),
            "reasons": dict(reasons.most_common()),
            "sources": {s: {"kept": self.kept[s], "dropped": dict(self.dropped[s].most_common())} for s in sources},
        }
        path.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """The rows ``source<TAB>en<TAB>other`` of a gzipped file; malformed rows are skipped."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 3:
                yield fields[0], fields[1], fields[2]


def held_out(evaluation: Path) -> frozenset[str]:
    """The keys of every evaluation sentence, in all languages."""
    return frozenset(key(line) for path in evaluation.glob("*.txt") for line in path.read_text("utf-8").splitlines())


def clean(
    pair: str, corpus: Path, configuration: Configuration, identifier: LanguageIdentifier | None, evaluation: Path
) -> tuple[list[Line], Report]:
    """The clean lines of one pair.

    Sources with a high weight come first, so that of two equal lines the one from the better source is kept.
    """
    report = Report()
    first, second = pair.split("-")
    cleaner = Cleaner((first, second), identifier, held_out(evaluation))
    ordered = sorted(rows(corpus / f"{pair}.tsv.gz"), key=lambda row: -configuration.weight_of(pair, row[0]))
    lines: list[Line] = []
    for source, english, other in ordered:
        if configuration.is_excluded(source):
            report.dropped[source]["excluded"] += 1
            continue
        english, other = normalise(english), normalise(other)
        if len(english.split()) < configuration.minimum_words(source):
            report.dropped[source]["fragment"] += 1
        elif reason := cleaner.reason_to_drop(english, other):
            report.dropped[source][reason] += 1
        else:
            report.kept[source] += 1
            lines.append(Line(source, english, other, configuration.weight_of(pair, source)))
    return lines, report


def phrasebook(path: Path, pair: str, weight: float) -> list[Line]:
    """The lines of one pair from a table with a column for each language, headed by the language codes."""
    header, *table = (row.split("\t") for row in path.read_text("utf-8").splitlines() if row)
    first, second = (header.index(language) for language in pair.split("-"))
    return [Line("phrasebook", row[first], row[second], weight) for row in table]


def tokens(text: str) -> set[str]:
    """The words of a line in lower case, without the punctuation around them."""
    return {word for raw in text.lower().split() if (word := raw.strip(".,;:!?¿¡()[]\"'«»“”।…"))}


def word_list(pair: str, corpus: Path, lines: list[Line]) -> list[tuple[str, str]]:
    """Words and short terms of a bilingual dictionary: for each English entry its most usual meaning.

    Dictionaries list rare meanings beside common ones in no useful order. The meaning whose words occur most often
    in translations of lines with the English words (by Dice's coefficient) is kept; for entries that the corpus does
    not know, the meaning only if it is the only one.
    """
    path = corpus / f"{pair}.dict.tsv.gz"
    if not path.exists():
        return []
    meanings: dict[str, list[str]] = defaultdict(list)
    for _, english, other in rows(path):
        english, other = normalise(english), normalise(other)
        if (
            len(english.split()) <= 3
            and len(other.split()) <= 4
            and "(" not in other
            and other not in meanings[english]
        ):
            meanings[english].append(other)
    where: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(lines):
        for word in tokens(line.english):
            where["a" + word].add(number)
        for word in tokens(line.other):
            where["b" + word].add(number)

    def found(side: str, term: str) -> set[int]:
        return set.intersection(*(where.get(side + word, set()) for word in tokens(term) or {""}))

    chosen = []
    for english, others in meanings.items():
        left = found("a", english)
        ranked = [
            (2 * len(left & right) / (len(left) + len(right) or 1), other)
            for other in others
            for right in [found("b", other)]
        ]
        best, other = max(ranked, key=lambda pair: pair[0])
        if best > 0.01 or (len(left) < 3 and len(others) == 1):
            chosen.append((english, other))
    return chosen
