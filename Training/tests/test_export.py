"""What goes into ``model.json``."""

import json

import pytest

pytest.importorskip("ctranslate2")
pytest.importorskip("torch")

from dragoman_training import export


def test_model_json_takes_the_int8_scores_of_a_report(tmp_path):
    signed = {"lines": 9, "BLEU signature": "b", "chrF signature": "c", "examples": []}
    report = {
        "starter float32": {"en-es": {"BLEU": 1.0, "chrF": 2.0} | signed},
        "starter int8": {"en-es": {"BLEU": 3.0, "chrF": 4.0} | signed, "es-en": {"BLEU": 5.0, "chrF": 6.0} | signed},
    }
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert export.scores(tmp_path / "report.json") == {
        "lines": 9,
        "BLEU signature": "b",
        "chrF signature": "c",
        "en-es": {"BLEU": 3.0, "chrF": 4.0},
        "es-en": {"BLEU": 5.0, "chrF": 6.0},
    }


def test_card_is_completed_by_what_the_engine_must_know(tmp_path):
    (tmp_path / "card.json").write_text('{"name": "n", "version": "1", "tokenizer": "wrong"}')
    card = export.card(["en-es"], tmp_path / "card.json", "2026-01-02")
    assert card["name"] == "n" and card["trained"] == "2026-01-02" and card["tokenizer"] == "sentencepiece.model"
    assert card["languages"] == [{"source": "en", "target": "es"}]
