"""A whole run in small: it learns, pauses, resumes with the same data order, and ends in time."""

import argparse
import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
sentencepiece = pytest.importorskip("sentencepiece")

from dragoman_training import train
from dragoman_training.packing import Packer
from dragoman_training.vocabulary import train_vocabulary

CONFIGURATION = """
name = "tiny"
pairs = ["en-es"]
tags = ["<2en>", "<2es>"]
max_pieces = 60
[directions]
en-es = 0.5
es-en = 0.5
[model]
vocabulary = {size}
width = 16
heads = 2
feed_forward = 32
encoder_layers = 1
decoder_layers = 1
[recipe]
batch_tokens = 200
warmup_steps = 5
pass_tokens = 400
quantise_from = 0.8
"""


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    phrases = Path(__file__).parents[1] / "phrases" / "en-es.tsv"
    lines = phrases.read_text("utf-8").replace("\t", "\n").splitlines()
    train_vocabulary(lines, tmp_path / "sentencepiece.model", 360, ["<2en>", "<2es>"])
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "sentencepiece.model"))
    packer = Packer(["en-es", "es-en"], 60)
    for line in lines:
        for direction in (0, 1):
            packer.add(pieces.encode(line), pieces.encode(line), direction, 1.0)
    for name in ("data.npz", "dev.npz"):
        packer.packed().save(tmp_path / name)
    (tmp_path / "tiny.toml").write_text(CONFIGURATION.format(size=pieces.get_piece_size()))
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    arguments = ["--config", "tiny.toml", "--data", ".", "--output", "run", "--minutes", "60", "--threads", "1"]
    chosen = parser.parse_args([*arguments, "--tokens", "12000"])
    for name in ("config", "data", "output"):
        setattr(chosen, name, tmp_path / getattr(chosen, name))
    return chosen


def log(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_run_learns_and_ends_when_its_pieces_are_used_up(options):
    train.run(options)
    final = log(options.output)[-1]
    assert final["progress"] == 1.0 and 12_000 <= final["pieces"] < 12_500
    untrained = 5.9  # the logarithm of the vocabulary's size, 360
    assert all(loss < untrained - 1 for loss in final["development_loss"].values())


def test_paused_and_resumed_run_reaches_the_same_weights_as_an_unbroken_one(options):
    train.run(options)
    whole = torch.load(options.output / "state.pt")
    shutil.rmtree(options.output)
    options.pause_after = 0.0
    for _ in range(5):
        train.run(options)
    assert log(options.output)[-1]["step"] == 5
    options.pause_after = None
    train.run(options)
    broken = torch.load(options.output / "state.pt")
    assert broken["position"] == whole["position"]
    torch.testing.assert_close(broken["model"], whole["model"], atol=1e-3, rtol=1e-2)


def test_finished_run_trained_again_begins_a_new_schedule_at_the_given_share(options):
    train.run(options)
    options.tokens, options.again = 24_000, 0.5
    train.run(options)
    rates = [row["rate"] for row in log(options.output) if "rate" in row and row["pieces"] > 12_500]
    assert rates[0] <= 0.5 and rates == sorted(rates, reverse=True) and rates[-1] < 0.3
    assert log(options.output)[-1]["pieces"] >= 24_000
