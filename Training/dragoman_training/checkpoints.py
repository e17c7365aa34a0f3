"""Checkpoints: half-precision weights in small parts to ship and carry, and the full state to go on from."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from .configuration import ModelShape
from .model import TranslationModel

PART_BYTES = 15 * 1024 * 1024


def save_weights(
    folder: Path, name: str, state: dict[str, Tensor], shape: ModelShape, facts: dict[str, object]
) -> None:
    """Writes ``state`` in float16 as ``name.partN.pt``, each of at most 15 MiB, and ``name.json`` last.

    The JSON file lists the parts, the model's shape and ``facts`` about the run, and its presence says that the
    checkpoint is whole.
    """
    parts: list[dict[str, Tensor]] = [{}]
    filled = 0
    for key, value in state.items():
        value = value.detach().to("cpu", torch.float16).clone()
        size = value.numel() * 2
        if filled and filled + size > PART_BYTES:
            parts.append({})
            filled = 0
        parts[-1][key] = value
        filled += size
    names = [f"{name}.part{index}.pt" for index in range(len(parts))]
    for file, part in zip(names, parts, strict=True):
        torch.save(part, folder / file)
    table = {"parts": names, "shape": asdict(shape), **facts}
    write_atomically(folder / f"{name}.json", json.dumps(table, indent=1).encode() + b"\n")


def load_weights(path: Path) -> tuple[TranslationModel, dict[str, object]]:
    """The model that ``save_weights`` wrote, given its JSON file, and the file's table."""
    table = json.loads(path.read_text())
    shape = ModelShape(**table["shape"])
    state: dict[str, Tensor] = {}
    for part in table["parts"]:
        state.update(torch.load(path.parent / part, map_location="cpu", weights_only=True))
    model = TranslationModel(shape)
    model.load_state_dict({key: value.float() for key, value in state.items()})
    return model, table


def average(paths: list[Path]) -> tuple[dict[str, Tensor], ModelShape]:
    """The mean of the weights of several checkpoints of one shape."""
    models = [load_weights(path)[0] for path in paths]
    if any(model.shape != models[0].shape for model in models):
        raise SystemExit("only checkpoints of one shape can be averaged")
    states = [model.state_dict() for model in models]
    return {key: sum(state[key] for state in states) / len(states) for key in states[0]}, models[0].shape


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces a file in one step, so that a reader never sees half of it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def save_state(path: Path, state: dict[str, object]) -> None:
    """Replaces the file of the full training state in one step."""
    temporary = path.with_name(path.name + ".new")
    torch.save(state, temporary)
    os.replace(temporary, path)
