"""Robustness: variants of clean pairs that teach the model what users really type.

Every function is pure given its random generator, and returns ``None`` where a variant makes no sense.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from .cleaning import CLOSING, final_mark

Pair = tuple[str, str]
EMOJI = "😀😂👍❤🎉🚀🔥🙏🐱🍕⚽🎵🌍💡✅🤔😢🥳🌈📷"
MARKS = "!?.,;:-_*#@/|()[]{}<>\"'~^=+%&…—•→"
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "abcdefghijklmnñopqrstuvwxyzáéíóúü",
    "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
    "абвгдежзийклмнопрстуфхцчшщыэюя",
]
WORDS = re.compile(r"\S+")
PLACEHOLDERS = [
    "{name}",
    "{0}",
    "{count}",
    "%s",
    "%d",
    "%1$s",
    "<0/>",
    "<1/>",
    "<b>",
    "⟦1⟧",
    "⟦2⟧",
    "⟦3⟧",
    "{{user}}",
    "${path}",
]
HOSTS = ["example.org", "example.com", "news.example.net", "docs.example.io", "shop.example.es", "example.in"]
PATHS = ["", "/", "/index.html", "/a/b?id=42", "/help#top", "/2024/05/report.pdf"]
NAMES = [
    "Maria",
    "Ana Torres",
    "Rahul Sharma",
    "John Smith",
    "Priya",
    "Carlos",
    "Emma",
    "Mohammed",
    "Chen Wei",
    "Olga",
    "García",
    "O'Brien",
    "Singh",
    "Müller",
    "Nokia",
    "Toyota",
    "Linux",
    "GitHub",
    "PostgreSQL",
    "WhatsApp",
    "BBC",
    "NASA",
    "UNESCO",
    "iPhone 15",
    "Windows 11",
    "COVID-19",
    "XR-200",
    "A4",
    "Wi-Fi",
    "USB-C",
    "Zürich",
    "São Paulo",
    "Barcelona",
]
SYMBOLS = [
    "-",
    "—",
    "...",
    "*",
    "•",
    "→",
    "✓",
    "?",
    "!",
    "#1",
    "@user",
    "&",
    "+",
    "=",
    "😀",
    "👍",
    "❤️",
    "🎉",
    "🚀",
    "…",
    "%",
    "€",
    "$",
]


def lower(pair: Pair, _: random.Random) -> Pair | None:
    """All in lower case on the source side only: the model answers in normal case."""
    source, target = pair
    return (source.lower(), target) if source != source.lower() else None


def upper(pair: Pair, _: random.Random) -> Pair | None:
    """Capitals stay capitals, where the target's script has them."""
    source, target = pair
    if source == source.upper() or len(source) > 120 or re.search(r"[%{<$⟦]", source):
        return None
    return source.upper(), target.upper()


def without_final_mark(pair: Pair, _: random.Random) -> Pair | None:
    """A full stop missing on the source side is not invented on the target side."""
    source, target = pair
    if final_mark(source) not in (".", "!") or final_mark(source) != final_mark(target) or source[-1] in CLOSING:
        return None
    return source.rstrip(".!।…"), target.rstrip(".!।… ")


def with_placeholder(pair: Pair, generator: random.Random) -> Pair | None:
    """A placeholder put before or after the sentence on both sides is kept there."""
    source, target = pair
    mark = generator.choice(PLACEHOLDERS)
    if generator.random() < 0.5:
        return f"{mark} {source}", f"{mark} {target}"
    return f"{source} {mark}", f"{target} {mark}"


def with_replaced_name(pair: Pair, generator: random.Random) -> Pair | None:
    """A word or number that both sides share becomes a placeholder, another name or another number in both."""
    source, target = pair
    left, right = source.split(), target.split()
    strip = ".,;:!?¿¡()\"'«»“”।"
    words = {w.strip(strip) for w in left} & {w.strip(strip) for w in right}
    shared = sorted(w for w in words if w and (w[0].isupper() or w.isdigit()) and (len(w) > 2 or w.isdigit()))
    shared = [w for w in shared if source.count(w) == target.count(w) == 1]
    if not shared:
        return None
    old = generator.choice(shared)
    if old.isdigit():
        new = str(generator.randrange(10 ** len(old)))
    else:
        new = generator.choice(PLACEHOLDERS + NAMES + NAMES)
    return source.replace(old, new), target.replace(old, new)


def joined(first: Pair, second: Pair) -> Pair | None:
    """Two short sentences as one line."""
    if not final_mark(first[0]) or not final_mark(first[1]) or len(first[0]) + len(second[0]) > 260:
        return None
    return f"{first[0]} {second[0]}", f"{first[1]} {second[1]}"


def copied(generator: random.Random) -> Pair:
    """What is the same in every language: names, numbers, dates, addresses, symbols and gibberish."""
    makers = (_name, _number, _address, _symbols, _gibberish, _gibberish, _numbers)
    text = generator.choice(makers)(generator)
    return text, text


def _name(generator: random.Random) -> str:
    return generator.choice(NAMES)


def _number(generator: random.Random) -> str:
    one = generator.randrange
    return generator.choice(
        [
            str(one(10 ** one(1, 20))),
            f"{one(1000)}.{one(100):02}",
            f"{one(24):02}:{one(60):02}",
            f"{one(100)} %",
            f"{one(1900, 2100)}-{one(1, 13):02}-{one(1, 29):02}",
            f"+{one(1, 99)} {one(100, 999)} {one(100000, 999999)}",
        ]
    )


def _numbers(generator: random.Random) -> str:
    return " ".join(str(generator.randrange(10 ** generator.randint(1, 4))) for _ in range(generator.randint(2, 25)))


def _address(generator: random.Random) -> str:
    host = generator.choice(HOSTS)
    if generator.random() < 0.4:
        return f"{generator.choice(['info', 'ana', 'r.sharma', 'john_smith', 'help+1'])}@{host}"
    return f"https://{host}{generator.choice(PATHS)}"


def _symbols(generator: random.Random) -> str:
    if generator.random() < 0.4:
        return generator.choice(PLACEHOLDERS + SYMBOLS)
    glue = generator.choice(["", " "])
    return glue.join(generator.choice(EMOJI if generator.random() < 0.4 else MARKS) for _ in range(_size(generator)))


def _gibberish(generator: random.Random) -> str:
    """Letters that mean nothing: at random, one many times, or spaced out."""
    alphabet = generator.choice(ALPHABETS)
    size = _size(generator)
    kind = generator.random()
    if kind < 0.25:
        return generator.choice(alphabet) * size
    glue = " " if kind < 0.4 else ""
    return glue.join(generator.choice(alphabet) for _ in range(size))


def _size(generator: random.Random) -> int:
    return int(2 ** generator.uniform(0, 5.6))


def salad(words: Sequence[Pair], generator: random.Random) -> Pair:
    """Words in no order, some of them repeated, sometimes in capitals: each is translated in its place."""
    chosen = [generator.choice(words) for _ in range(generator.randint(2, 9))]
    if generator.random() < 0.3:
        chosen = [chosen[0]] * generator.randint(2, 9)
    pair = " ".join(word for word, _ in chosen), " ".join(word for _, word in chosen)
    return (upper(pair, generator) or pair) if generator.random() < 0.3 else pair


VARIANTS: dict[str, Callable[[Pair, random.Random], Pair | None]] = {
    "lower": lower,
    "upper": upper,
    "without_final_mark": without_final_mark,
    "placeholder": with_placeholder,
    "replaced_name": with_replaced_name,
}


def variants(pairs: Sequence[Pair], rates: dict[str, float], generator: random.Random) -> list[tuple[int, Pair]]:
    """Variants of ``pairs``, each with the index of the pair it was made from.

    ``rates`` gives for each name in ``VARIANTS``, and for ``joined``, the expected number of variants per pair.
    """
    made: list[tuple[int, Pair]] = []
    for index, pair in enumerate(pairs):
        for name, make in VARIANTS.items():
            if generator.random() < rates.get(name, 0.0) and (variant := make(pair, generator)):
                made.append((index, variant))
        if generator.random() < rates.get("joined", 0.0):
            if variant := joined(pair, pairs[generator.randrange(len(pairs))]):
                made.append((index, variant))
    return made
