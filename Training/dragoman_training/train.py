"""``train``: trains a model until its tokens or its time are used up; can be interrupted and resumed at any moment."""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import signal
import time
from pathlib import Path

import sentencepiece
import torch
from torch import Tensor, nn

from . import checkpoints, configuration
from .batches import Batch, BatchSource
from .losses import cross_entropy, plain_cross_entropy
from .model import TranslationModel, grow
from .neighbours import ThreadGovernor
from .optimiser import optimisers
from .packing import PackedData
from .schedule import Progress, rate_factor
from .vocabulary import PADDING


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``train``."""
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--output", type=Path, required=True, help="checkpoints and log; a run found there is resumed")
    parser.add_argument("--start", type=Path, help="weights (the .json of a checkpoint) to begin from")
    parser.add_argument("--minutes", type=float, help="length of this run by the clock")
    parser.add_argument("--until", help="clock time HH:MM at which this run ends, instead of --minutes")
    parser.add_argument(
        "--pause-after", type=float, help="stop after so many minutes, to be resumed; --minutes is the whole"
    )
    parser.add_argument("--tokens", type=float, default=1e12, help="target pieces after which the run ends")
    parser.add_argument(
        "--again", type=float, help="train a finished run further: rates fall anew, from this share of their peaks"
    )
    parser.add_argument("--checkpoint-minutes", type=float, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())


def seconds_left(options: argparse.Namespace, now: datetime.datetime) -> float:
    """The seconds until this run must end."""
    if options.until:
        hour, minute = map(int, options.until.split(":"))
        end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (end - now + datetime.timedelta(days=int(end <= now))).total_seconds()
    if options.minutes is None:
        raise SystemExit("give --minutes or --until")
    return options.minutes * 60


class Trainer:
    """One run: model, running average, optimisers, data and log."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.config = configuration.load(options.config)
        self.recipe = self.config.recipe
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(self.recipe.seed)
        self.governor = ThreadGovernor(options.threads)
        options.output.mkdir(parents=True, exist_ok=True)
        self.model = self._model().to(self.device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimisers = optimisers(
            self.model, self.recipe.matrix_rate, self.recipe.vector_rate, self.recipe.weight_decay
        )
        self.train_source, self.dev_source = self._source("data.npz"), self._source("dev.npz")
        self.step = self.pieces = self.number = self.offset = 0
        self.recent: list[tuple[float, int]] = []
        self.asked_to_stop = False
        reached = self._resume()
        self.progress = Progress(
            options.tokens, time.monotonic, time.monotonic() + seconds_left(options, datetime.datetime.now()), reached
        )

    def _model(self) -> TranslationModel:
        if not self.options.start:
            return TranslationModel(self.config.shape, self.recipe.dropout)
        model, _ = checkpoints.load_weights(self.options.start)
        state = grow(model, self.config.shape).state_dict() if model.shape != self.config.shape else model.state_dict()
        model = TranslationModel(self.config.shape, self.recipe.dropout)
        model.load_state_dict(state)
        return model

    def _source(self, file: str) -> BatchSource:
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(self.options.data / "sentencepiece.model"))
        tags = {name: pieces.piece_to_id(f"<2{name.split('-')[1]}>") for name in self.config.directions}
        if pieces.unk_id() in tags.values() or pieces.get_piece_size() != self.config.shape.vocabulary:
            raise SystemExit("the vocabulary does not fit the configuration: a tag is missing or the size differs")
        packed = PackedData.load(self.options.data / file)
        return BatchSource(packed, self.config.directions, tags, self.recipe.batch_tokens, self.recipe.seed)

    def _resume(self) -> float:
        path = self.options.output / "state.pt"
        if not path.exists():
            return 0.0
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.pieces, self.number, self.offset = state["position"]
        print(f"resumed at step {self.step}", flush=True)
        finished = state["progress"] >= 1
        return 0.0 if finished and self.options.again else float(state["progress"])

    def run(self) -> None:
        """Trains until the progress is 1, or the pause is due."""
        began = saved = time.monotonic()
        pause = float("inf") if self.options.pause_after is None else self.options.pause_after * 60
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "asked_to_stop", True))
        reached = self.progress.at(self.pieces)
        while reached < 1:
            batches = self.train_source.batches(self.number, self.recipe.pass_tokens)
            while self.offset < len(batches) and reached < 1:
                self._learn(batches[self.offset], reached)
                self.offset += 1
                reached = self.progress.at(self.pieces)
                if time.monotonic() - saved > self.options.checkpoint_minutes * 60:
                    self.save(reached)
                    saved = time.monotonic()
                if self.asked_to_stop or time.monotonic() - began > pause:
                    return self.save(reached)
            if self.offset == len(batches):
                self.number, self.offset = self.number + 1, 0
        self.save(reached)

    def _learn(self, examples, reached: float) -> None:
        recipe, again = self.recipe, self.options.again
        hold = 0.0 if again else recipe.hold_fraction
        factor = (again or 1.0) * rate_factor(self.step, reached, recipe.warmup_steps, hold, recipe.final_rate)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
        self.model.set_quantised(reached >= recipe.quantise_from)
        states, labels = self._states(self.model, self.train_source.load(examples))
        loss, plain = cross_entropy(states, self.model.embedding.weight, labels, recipe.label_smoothing)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.pieces += len(labels)
        self._follow()
        threads = self.governor.adjust()
        self.recent.append((plain.detach(), len(labels)))
        if self.step % 50 == 0:
            loss = float(sum(value * count for value, count in self.recent)) / sum(count for _, count in self.recent)
            self.recent.clear()
            self.log(loss=round(loss, 3), rate=round(factor, 4), progress=round(reached, 4), threads=threads)

    def _states(self, model: TranslationModel, batch: Batch) -> tuple[Tensor, Tensor]:
        """The states and labels of the real positions; never waits for the device, so that loading overlaps it."""
        real = (batch.labels != PADDING).flatten().nonzero().squeeze(1)
        labels = batch.labels.flatten()[real].to(self.device, non_blocking=True)
        with torch.autocast(self.device, dtype=torch.bfloat16):
            states = model(batch.sources.to(self.device), batch.inputs.to(self.device))
        return states.flatten(0, 1)[real.to(self.device, non_blocking=True)], labels

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(self.recipe.average_decay, self.step / (self.step + 10))
        mine, theirs = list(self.average.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - decay)

    @torch.no_grad()
    def development_loss(self) -> dict[str, float]:
        """The average model's cross entropy per piece on the development set, by direction."""
        totals: dict[str, list[float]] = {name: [0.0, 0] for name in self.config.directions}
        names = list(self.config.directions)
        for direction, batch in self.dev_source.in_order(50):
            states, labels = self._states(self.average, batch)
            total = totals[names[direction]]
            total[0] += plain_cross_entropy(states, self.average.embedding.weight, labels)
            total[1] += len(labels)
        return {name: round(total / count, 4) for name, (total, count) in totals.items()}

    def save(self, reached: float) -> None:
        """Writes the averaged weights in half precision and the full state, and logs the development loss."""
        facts = {
            "name": self.config.name,
            "step": self.step,
            "target_pieces": self.pieces,
            "progress": reached,
            "directions": self.config.directions,
            "development_loss": self.development_loss(),
        }
        output = self.options.output
        checkpoints.save_weights(output, f"weights-{self.step:07}", self.average.state_dict(), self.model.shape, facts)
        checkpoints.save_state(
            output / "state.pt",
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
                "position": [self.step, self.pieces, self.number, self.offset],
                "progress": reached,
            },
        )
        self.log(**facts)

    def log(self, **facts: object) -> None:
        """Appends one JSON line to ``log.jsonl`` and prints it."""
        row = {"time": datetime.datetime.now().strftime("%H:%M:%S"), "step": self.step, "pieces": self.pieces, **facts}
        with open(self.options.output / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)


def run(options: argparse.Namespace) -> None:
    """Runs the trainer."""
    Trainer(options).run()
