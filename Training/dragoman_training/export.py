"""``export``: a checkpoint, or the mean of several, becomes a CTranslate2 directory with its ``model.json``."""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
from pathlib import Path

import numpy as np
import sentencepiece
from ctranslate2.specs import common_spec, transformer_spec

from . import checkpoints
from .configuration import ModelShape
from .model import sinusoids


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``export``."""
    parser.add_argument("checkpoints", type=Path, nargs="+", help="the .json files of checkpoints, which are averaged")
    parser.add_argument("--vocabulary", type=Path, required=True, help="the SentencePiece model")
    parser.add_argument("--card", type=Path, help="JSON of name, version, licence and sources for model.json")
    parser.add_argument("--report", type=Path, help="what evaluate wrote on this model in int8: its scores go along")
    parser.add_argument("--quantisation", choices=["int8", "float32"], default="int8")
    parser.add_argument("--output", type=Path, required=True)


def specification(weights: dict[str, np.ndarray], shape: ModelShape) -> transformer_spec.TransformerSpec:
    """The weights in CTranslate2's layout."""
    layers = (shape.encoder_layers, shape.decoder_layers)
    spec = transformer_spec.TransformerSpec.from_config(
        layers, shape.heads, pre_norm=True, activation=common_spec.Activation.RELU
    )

    def linear(part, name: str) -> None:
        part.weight, part.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]

    def norm(part, name: str) -> None:
        part.gamma, part.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]

    embedding = weights["embedding.weight"]
    spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = spec.decoder.projection.weight = embedding
    for side, name in ((spec.encoder, "encoder"), (spec.decoder, "decoder")):
        side.position_encodings.encodings = sinusoids(shape.positions, shape.width).numpy()
        side.scale_embeddings = True
        norm(side.layer_norm, f"{name}_norm")
        for index, layer in enumerate(side.layer):
            prefix = f"{name}.{index}"
            norm(layer.self_attention.layer_norm, f"{prefix}.self_norm")
            linear(layer.self_attention.linear[0], f"{prefix}.self_attention.project")
            linear(layer.self_attention.linear[1], f"{prefix}.self_attention.output")
            if name == "decoder":
                norm(layer.attention.layer_norm, f"{prefix}.cross_norm")
                linear(layer.attention.linear[0], f"{prefix}.cross_attention.query")
                linear(layer.attention.linear[1], f"{prefix}.cross_attention.project")
                linear(layer.attention.linear[2], f"{prefix}.cross_attention.output")
            norm(layer.ffn.layer_norm, f"{prefix}.feed_norm")
            linear(layer.ffn.linear_0, f"{prefix}.feed_in")
            linear(layer.ffn.linear_1, f"{prefix}.feed_out")
    return spec


def card(directions: list[str], given: Path | None, trained: str) -> dict[str, object]:
    """The content of ``model.json``: what was given, completed by what the engine must know."""
    table: dict[str, object] = (
        json.loads(given.read_text("utf-8")) if given else {"name": "starter", "version": "0.0.0"}
    )
    table.setdefault("trained", trained)
    return table | {
        "languages": [dict(zip(("source", "target"), name.split("-"), strict=True)) for name in directions],
        "source_prefix": "<2{target}>",
        "tokenizer": "sentencepiece.model",
        "max_source_tokens": 100,
    }


def scores(report: Path) -> dict[str, object]:
    """The scores of the first int8 model in a report of ``evaluate``, by direction, and how they were made."""
    directions = next(value for name, value in json.loads(report.read_text("utf-8")).items() if name.endswith(" int8"))
    first = next(iter(directions.values()))
    table: dict[str, object] = {key: first[key] for key in ("lines", "BLEU signature", "chrF signature")}
    return table | {name: {key: value[key] for key in ("BLEU", "chrF")} for name, value in directions.items()}


def run(options: argparse.Namespace) -> None:
    """Replaces the output directory."""
    state, shape = checkpoints.average(options.checkpoints)
    facts = json.loads(options.checkpoints[-1].read_text())
    spec = specification({key: value.numpy() for key, value in state.items()}, shape)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(options.vocabulary))
    tokens = [pieces.id_to_piece(index) for index in range(pieces.get_piece_size())]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<s>", "</s>", "<unk>"
    spec.config.add_source_bos, spec.config.add_source_eos = False, True
    spec.config.decoder_start_token = "<s>"
    spec.validate()
    spec.optimize(quantization=None if options.quantisation == "float32" else options.quantisation)
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    spec.save(str(options.output))
    shutil.copy(options.vocabulary, options.output / "sentencepiece.model")
    described = card(list(facts["directions"]), options.card, datetime.date.today().isoformat())
    if options.report:
        described["scores"] = scores(options.report)
    (options.output / "model.json").write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", "utf-8")
