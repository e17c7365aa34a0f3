"""The shared SentencePiece vocabulary: unigram pieces with byte fallback, so no character is ever unknown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sentencepiece

PADDING, BEGINNING, END, UNKNOWN = 0, 1, 2, 3


def train_vocabulary(lines: Iterable[str], path: Path, size: int, tags: list[str], threads: int = 2) -> None:
    """Trains a model of ``size`` pieces on ``lines`` and writes it to ``path``."""
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=file,
            vocab_size=size,
            model_type="unigram",
            character_coverage=0.9998,
            byte_fallback=True,
            pad_id=PADDING,
            bos_id=BEGINNING,
            eos_id=END,
            unk_id=UNKNOWN,
            user_defined_symbols=tags,
            normalization_rule_name="nmt_nfkc",
            input_sentence_size=600_000,
            shuffle_input_sentence=True,
            num_threads=threads,
        )
