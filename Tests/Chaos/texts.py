"""Jobs whose results are known: the simulated engine reverses the words of each line and names the target language."""

import dataclasses
import random

SHARES = {"CRITICAL": 0.1, "HIGH": 0.3, "STANDARD": 0.6}
TARGETS = ["de", "es", "fr"]
WORDS = (
    "harbour lantern meadow copper violin winter garden letter bridge candle forest marble river shadow thunder window "
    "anchor basket castle dragon engine feather granite hammer island jungle kitchen ladder mirror needle orchard palace"
).split()
MEAN_WORDS = 20
# Kills the process that works on a text with it (`simulated_poison`).
POISON = "hemlock"


@dataclasses.dataclass(frozen=True)
class Plan:
    """A job to be submitted."""

    key: str
    text: str
    target: str
    priority: str

    @property
    def body(self) -> dict:
        return {"text": self.text, "source_language": "en", "target_language": self.target, "priority": self.priority}


def plans(prefix: str, count: int, seed: int) -> list[Plan]:
    """The jobs of one scenario; the same seed makes the same ones. One text in ten is one that was there before."""
    chance = random.Random(f"{seed}/{prefix}")
    result: list[Plan] = []
    for number in range(count):
        if result and chance.random() < 0.1:
            text = chance.choice(result).text
        else:
            text = _text(chance, prefix, number)
        kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
        result.append(Plan(f"{prefix}-{seed}-{number}", text, chance.choice(TARGETS), kind))
    return result


def poisonous(prefix: str, number: int) -> Plan:
    """A job that kills whoever works on it."""
    return Plan(f"{prefix}-{number}", f"a cup of {POISON} for number {number}", TARGETS[0], "STANDARD")


def _text(chance: random.Random, prefix: str, number: int) -> str:
    words = [chance.choice(WORDS) for _ in range(chance.randint(MEAN_WORDS // 2, MEAN_WORDS * 3 // 2) - 1)]
    # Makes the text one of its kind, so that no result fits another job.
    words.insert(chance.randint(0, len(words)), f"{prefix}{number}".replace("-", ""))
    if chance.random() < 0.2:
        middle = len(words) // 2
        return " ".join(words[:middle]) + "\n" + " ".join(words[middle:])
    return " ".join(words)


def expected(text: str, target: str) -> str:
    """What the simulated engine makes of it."""
    return "\n".join(f"[{target}] {' '.join(reversed(line.split(' ')))}" for line in text.split("\n"))
