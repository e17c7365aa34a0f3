"""Inputs that nobody would call a sentence, made reproducibly, to see whether a model loses its head."""

from __future__ import annotations

import random

WORDS = {
    "en": "house water the of and to go time people because yesterday beautiful station however please world".split(),
    "es": "casa agua el de y ir tiempo gente porque ayer hermoso estación sin embargo por favor mundo".split(),
    "hi": "घर पानी और का जाना समय लोग क्योंकि कल सुंदर स्टेशन लेकिन कृपया दुनिया नमस्ते".split(),
}
LETTERS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "es": "abcdefghijklmnñopqrstuvwxyzáéíóúü",
    "hi": "अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशसह",
}
EMOJI = "😀😂👍❤️🎉🚀🔥🙏🐱🍕⚽🎵🌍💡✅"
MARKS = "!?.,;:-_*#@/\\|()[]{}<>\"'~^=+%&…—•→"


def odd_inputs(language: str, count: int, seed: int = 7) -> list[str]:
    """``count`` oddities of every kind in turn: letters, capitals, numbers, emoji, marks, long words, mixtures."""
    generator = random.Random(f"{seed}{language}")
    letters, words = LETTERS[language], WORDS[language]

    def some(items, least: int, most: int, glue: str = "") -> str:
        return glue.join(generator.choice(items) for _ in range(generator.randint(least, most)))

    kinds = [
        lambda: generator.choice(letters),
        lambda: some(letters, 2, 5).upper(),
        lambda: some(words, 2, 14, " ").upper(),
        lambda: str(generator.randrange(10 ** generator.randint(1, 25))),
        lambda: " ".join(str(generator.randrange(1000)) for _ in range(generator.randint(2, 30))),
        lambda: some(EMOJI, 1, 12),
        lambda: some(MARKS, 1, 30),
        lambda: some(letters, 25, 180),
        lambda: generator.choice(letters) * generator.randint(2, 80),
        lambda: " ".join([generator.choice(words)] * generator.randint(2, 20)),
        lambda: some(words, 1, 1) + generator.choice(MARKS) * generator.randint(1, 12),
        lambda: " ".join(some(letters, 1, 1) for _ in range(generator.randint(2, 30))),
        lambda: some(words + list(EMOJI) + list(MARKS) + ["42", "3.14", "<0/>", "%s", "{name}"], 3, 20, " "),
        lambda: some(words, 20, 60, " "),
        lambda: "https://example.org/" + some(letters, 5, 40),
        lambda: (
            "\u4f60\u597d" * generator.randint(1, 6)
            + " \u041f\u0440\u0438\u0432\u0435\u0442 \u0645\u0631\u062d\u0628\u0627"
        ),
    ]
    return [kinds[index % len(kinds)]() for index in range(count)]
