"""Models of known shapes with random int8 weights, for timing only: the time does not depend on what weights say."""

import dataclasses
import pathlib

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec

VOCABULARY_SIZE = 32_000
POSITIONS = 512
Activation = common_spec.Activation


@dataclasses.dataclass(frozen=True)
class Shape:
    """The sizes of a post-norm Transformer with one table for both embeddings and the projection, as Marian makes."""

    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    ffn: int
    activation: Activation


SHAPES = {
    "tiny": Shape(6, 2, 256, 8, 1536, Activation.RELU),
    "base": Shape(6, 6, 512, 8, 2048, Activation.SWISH),
}


class Builder:
    """Fills the specification of one shape."""

    def __init__(self, shape: Shape):
        self._shape = shape
        self._random = np.random.default_rng(1)

    def _normal(self, rows: int, columns: int) -> np.ndarray:
        return (self._random.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    def _linear(self, spec, rows: int, columns: int) -> None:
        spec.weight = self._normal(rows, columns)
        spec.bias = np.zeros(rows, np.float32)

    def _norm(self, spec) -> None:
        spec.gamma = np.ones(self._shape.width, np.float32)
        spec.beta = np.zeros(self._shape.width, np.float32)

    def _attention(self, spec, factors: tuple[int, ...]) -> None:
        self._norm(spec.layer_norm)
        for linear, factor in zip(spec.linear, factors, strict=True):
            self._linear(linear, factor * self._shape.width, self._shape.width)

    def _layer(self, layer) -> None:
        self._attention(layer.self_attention, (3, 1))
        if hasattr(layer, "attention"):
            self._attention(layer.attention, (1, 2, 1))
        self._norm(layer.ffn.layer_norm)
        self._linear(layer.ffn.linear_0, self._shape.ffn, self._shape.width)
        self._linear(layer.ffn.linear_1, self._shape.width, self._shape.ffn)

    def build(self) -> transformer_spec.TransformerSpec:
        """The specification with weights, vocabularies and configuration."""
        shape = self._shape
        spec = transformer_spec.TransformerSpec.from_config(
            (shape.encoder_layers, shape.decoder_layers), shape.heads, pre_norm=False, activation=shape.activation)
        table = self._normal(VOCABULARY_SIZE, shape.width)
        spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = spec.decoder.projection.weight = table
        spec.decoder.projection.bias = np.zeros(VOCABULARY_SIZE, np.float32)
        spec.decoder.start_from_zero_embedding = True
        for side in (spec.encoder, spec.decoder):
            side.position_encodings.encodings = sinusoids(POSITIONS, shape.width)
            for layer in side.layer:
                self._layer(layer)
        tokens = ["</s>", "<unk>"] + [f"t{i}" for i in range(VOCABULARY_SIZE - 2)]
        spec.register_source_vocabulary(tokens)
        spec.register_target_vocabulary(tokens)
        spec.config.decoder_start_token = "</s>"
        spec.config.add_source_eos = True
        spec.validate()
        spec.optimize(quantization="int8")
        return spec


def sinusoids(count: int, width: int) -> np.ndarray:
    """Marian's positions: sines in the first half of a row, cosines in the second."""
    rates = np.exp(-np.log(10_000) * np.arange(width // 2) / (width // 2 - 1))
    angles = np.arange(count)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def model_folder(root: pathlib.Path, name: str) -> pathlib.Path:
    """The directory of the named model, which is written on first use (except the starter, which comes along)."""
    if name == "starter":
        return root / "Models" / "starter"
    folder = root / ".build" / "bench-models" / name
    if not (folder / "config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        # The configuration is written last, so that its presence means a complete directory.
        Builder(SHAPES[name]).build().save(str(folder))
    return folder
