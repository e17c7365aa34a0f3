"""Random CTranslate2 models that another program can rebuild to the byte.

The layout (names, order, types, aliases, configuration) is written by `ctranslate2.specs`, so it is the authentic one;
the numbers come from the generator below, so that a manifest of a few kilobytes stands for a file of megabytes.

The generator. For the variable NAME of the model MODEL, the seed is FNV-1a-64 of the UTF-8 bytes of "MODEL/NAME".
Element i (row-major, from 0) takes z = SplitMix64's output for the state seed + (i + 1) * 0x9E3779B97F4A7C15, modulo
2^64. What is made of z depends on the variable's fill:

  uniform   u = float32(z >> 40) * 2^-24; x = (u - 0.5) * range; value = x + center; every operation in float32 and
            rounded on its own (no fused multiply-add); then rounded to nearest, ties to even, to the stored type
  integers  int8: the top 8 bits of z as a signed number, -128 replaced by -127
            int16: (z >> 53) - 1024
  values    the listed numbers themselves (scalars)

The digest of a file is FNV-1a-64 taken over little-endian 64-bit words instead of bytes, the last one padded with
zeros.
"""

import dataclasses
import json
import math
import pathlib
import struct

import numpy as np
from ctranslate2.specs import common_spec, model_spec, transformer_spec

FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
MASK = (1 << 64) - 1
TYPE_NAMES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
STRUCT_CODES = {"float32": "f", "int8": "b", "int16": "h", "int32": "i"}
Activation = common_spec.Activation


def fnv1a(data: bytes) -> int:
    """FNV-1a-64 over bytes."""
    digest = FNV_OFFSET
    for byte in data:
        digest = ((digest ^ byte) * FNV_PRIME) & MASK
    return digest


def digest(data: bytes) -> str:
    """FNV-1a-64 over little-endian 64-bit words, zero-padded; 16 hexadecimal digits."""
    value = FNV_OFFSET
    for word in np.frombuffer(data + bytes(-len(data) % 8), dtype="<u8").tolist():
        value = ((value ^ word) * FNV_PRIME) & MASK
    return f"{value:016x}"


def splitmix64(seed: int, count: int) -> np.ndarray:
    """The first `count` outputs of SplitMix64 after `seed`."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    z = np.uint64(seed) + steps * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(z: np.ndarray, center: np.float32, spread: np.float32) -> np.ndarray:
    """float32 numbers in center ± spread / 2, as the module's description says."""
    u = (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)
    return (u - np.float32(0.5)) * spread + center


def integers(z: np.ndarray, dtype: str) -> np.ndarray:
    """int8 or int16 weights, as the module's description says."""
    if dtype == "int8":
        return np.maximum((z >> np.uint64(56)).astype(np.uint8).view(np.int8), np.int8(-127))
    return (z >> np.uint64(53)).astype(np.int16) - np.int16(1024)


def bfloat16_bits(values: np.ndarray) -> np.ndarray:
    """The upper halves of float32 numbers, rounded to nearest, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)).astype(np.uint16)


class BFloat16Variable(model_spec.NumpyVariable):
    """bfloat16 numbers kept as their bits, since numpy has no such type."""

    @property
    def dtype(self) -> str:
        return "bfloat16"


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a random model looks like. `weights` is the type of the weights, `floats` that of everything else."""

    name: str
    layers: tuple[int, int] = (1, 1)
    width: int = 256
    heads: int = 4
    ffn: int = 512
    activation: Activation = Activation.RELU
    pre_norm: bool = True
    final_norm: bool = True
    glu: bool = False
    rms_norm: bool = False
    weights: str = "float32"
    floats: str = "float32"
    source_size: int = 320
    target_size: int = 320
    tied: str = "all"  # "all": one table; "target": decoder input and output share; "none"
    positions: bool = True
    scale_embeddings: bool = True
    layernorm_embedding: bool = False
    zero_start: bool = False
    bias: bool = True
    projection_bias: bool = True
    config: dict = dataclasses.field(default_factory=dict)

    @property
    def last_norm(self) -> str:
        """The name of the normalisation whose output the projection takes."""
        return "decoder/layer_norm" if self.pre_norm else f"decoder/layer_{self.layers[1] - 1}/ffn/layer_norm"


MARIAN = {"decoder_start_token": "</s>"}
SHAPES = (
    Shape("pre-relu-256-float32", layers=(2, 2), projection_bias=False),
    Shape("post-swish-256-int8", layers=(2, 1), pre_norm=False, activation=Activation.SWISH, weights="int8",
          source_size=400, target_size=400, zero_start=True, config=MARIAN),
    Shape("post-gelu-512-float16", width=512, heads=8, ffn=768, pre_norm=False, activation=Activation.GELU,
          weights="float16", floats="float16", source_size=300, target_size=500, tied="none", positions=False,
          scale_embeddings=False, layernorm_embedding=True, config={"layer_norm_epsilon": 1e-5}),
    Shape("pre-gelu-tanh-256-bfloat16", layers=(1, 2), heads=8, activation=Activation.GELUTanh, weights="bfloat16",
          floats="bfloat16", source_size=200, target_size=350, tied="target", positions=False),
    Shape("pre-gelu-sigmoid-256-int16", activation=Activation.GELUSigmoid, weights="int16",
          config={"add_source_bos": True}),
    Shape("pre-glu-rms-512-float32", width=512, heads=8, ffn=640, activation=Activation.GELUTanh, glu=True,
          rms_norm=True, tied="target", positions=False, scale_embeddings=False, bias=False, projection_bias=False,
          source_size=256, target_size=160, config={"layer_norm_epsilon": 1e-6, "add_source_eos": False}),
    Shape("post-glu-swish-256-int8", layers=(1, 2), pre_norm=False, activation=Activation.SWISH, glu=True,
          weights="int8", tied="none", source_size=160, target_size=240),
    Shape("pre-relu-1024-int8", width=1024, heads=16, ffn=512, weights="int8", source_size=128, target_size=128,
          positions=False, projection_bias=False, config=MARIAN),
    Shape("pre-relu-72-int8", layers=(2, 2), width=72, heads=3, ffn=100, weights="int8", source_size=101,
          target_size=101),
    Shape("post-gelu-75-float32", layers=(2, 2), width=75, heads=5, ffn=100, pre_norm=False,
          activation=Activation.GELU, source_size=103, target_size=107, tied="none", layernorm_embedding=True),
    Shape("pre-swish-256-int8-float16", layers=(3, 1), activation=Activation.SWISH, weights="int8", floats="float16",
          source_size=250, target_size=250, layernorm_embedding=True, zero_start=True),
    Shape("pre-gelu-256-int8-bfloat16", heads=2, activation=Activation.GELU, weights="int8", floats="bfloat16",
          tied="none", source_size=800, target_size=128, final_norm=False),
    Shape("post-relu-256-int16", pre_norm=False, weights="int16", tied="target", source_size=150, target_size=170,
          bias=False, scale_embeddings=False),
)


class Builder:
    """Fills the specification of one shape and remembers how each variable was filled."""

    def __init__(self, shape: Shape):
        self.shape = shape
        self.fills: dict[str, dict] = {}

    def _z(self, name: str, count: int) -> np.ndarray:
        return splitmix64(fnv1a(f"{self.shape.name}/{name}".encode()), count)

    def floats(self, name: str, dims: tuple[int, ...], center: float, spread: float, dtype: str):
        """A uniform variable of a floating-point type."""
        center, spread = np.float32(center), np.float32(spread)
        self.fills[name] = {"kind": "uniform", "center": float(center), "range": float(spread)}
        values = uniform(self._z(name, math.prod(dims)), center, spread).reshape(dims)
        if dtype == "bfloat16":
            return BFloat16Variable(bfloat16_bits(values))
        return values.astype(dtype)

    def weight(self, spec, name: str, rows: int, columns: int, gain: float = 1.0) -> None:
        """A weight matrix of standard deviation gain / sqrt(columns), with its scale where it is quantised."""
        shape, limit = self.shape, gain * math.sqrt(3 / columns)
        if shape.weights not in ("int8", "int16"):
            spec.weight = self.floats(f"{name}/weight", (rows, columns), 0, 2 * limit, shape.weights)
            return
        self.fills[f"{name}/weight"] = {"kind": "integers"}
        spec.weight = integers(self._z(f"{name}/weight", rows * columns), shape.weights).reshape(rows, columns)
        if shape.weights == "int16":
            spec.weight_scale = np.float32(1024 / limit)
        else:
            scale = 127 / limit
            spec.weight_scale = self.floats(f"{name}/weight_scale", (rows,), scale, scale / 4, "float32")

    def linear(self, spec, name: str, rows: int, columns: int, bias: bool | None = None) -> None:
        """A linear layer with an optional bias (by default as the shape has it)."""
        self.weight(spec, name, rows, columns)
        if self.shape.bias if bias is None else bias:
            spec.bias = self.floats(f"{name}/bias", (rows,), 0, 0.2, self.shape.floats)

    def norm(self, spec, name: str) -> None:
        """A layer normalisation: gamma near 1, beta near 0.

        The last one before the projection has gammas of either sign instead (root mean square 1): with tied
        embeddings the residual stream would otherwise make every model echo the previous token for ever.
        """
        shape = self.shape
        center, spread = (0, 2 * math.sqrt(3)) if name == shape.last_norm else (1, 0.4)
        spec.gamma = self.floats(f"{name}/gamma", (shape.width,), center, spread, shape.floats)
        if not shape.rms_norm:
            spec.beta = self.floats(f"{name}/beta", (shape.width,), 0, 0.2, shape.floats)

    def attention(self, spec, name: str, outputs: tuple[int, ...]) -> None:
        """An attention block whose linear layers have `outputs` times the width as rows."""
        self.norm(spec.layer_norm, f"{name}/layer_norm")
        for i, factor in enumerate(outputs):
            self.linear(spec.linear[i], f"{name}/linear_{i}", factor * self.shape.width, self.shape.width)

    def feed_forward(self, spec, name: str) -> None:
        """A feed-forward block, gated where the shape says so."""
        shape = self.shape
        self.norm(spec.layer_norm, f"{name}/layer_norm")
        self.linear(spec.linear_0, f"{name}/linear_0", shape.ffn, shape.width)
        self.linear(spec.linear_1, f"{name}/linear_1", shape.width, shape.ffn)
        if shape.glu:
            self.linear(spec.linear_0_noact, f"{name}/linear_0_noact", shape.ffn, shape.width)

    def side(self, spec, name: str) -> None:
        """Everything of the encoder or decoder but embeddings and projection."""
        shape = self.shape
        spec.scale_embeddings = shape.scale_embeddings
        if shape.positions:
            encodings = self.floats(f"{name}/position_encodings/encodings", (64, shape.width), 0, 2, shape.floats)
            spec.position_encodings.encodings = encodings
        if shape.pre_norm and shape.final_norm:
            self.norm(spec.layer_norm, f"{name}/layer_norm")
        if shape.layernorm_embedding:
            self.norm(spec.layernorm_embedding, f"{name}/layernorm_embedding")
        for i, layer in enumerate(spec.layer):
            self.attention(layer.self_attention, f"{name}/layer_{i}/self_attention", (3, 1))
            if hasattr(layer, "attention"):
                self.attention(layer.attention, f"{name}/layer_{i}/attention", (1, 2, 1))
            self.feed_forward(layer.ffn, f"{name}/layer_{i}/ffn")

    def embeddings(self, spec) -> None:
        """Embeddings and projection. A shared table bears the name that comes first, as aliases are made."""
        shape, encoder, decoder = self.shape, spec.encoder, spec.decoder
        gain = 2.0 if shape.scale_embeddings or shape.tied != "none" else math.sqrt(shape.width)
        self.weight(decoder.embeddings, "decoder/embeddings", shape.target_size, shape.width, gain)
        if shape.tied == "all":
            share(encoder.embeddings[0], decoder.embeddings)
        else:
            self.weight(encoder.embeddings[0], "encoder/embeddings_0", shape.source_size, shape.width, gain)
        if shape.tied == "none":
            self.weight(decoder.projection, "decoder/projection", shape.target_size, shape.width, 2.0)
        else:
            share(decoder.projection, decoder.embeddings)
        if shape.projection_bias:
            bias = self.floats("decoder/projection/bias", (shape.target_size,), 0, 1, shape.floats)
            decoder.projection.bias = bias
        decoder.start_from_zero_embedding = shape.zero_start

    def build(self) -> transformer_spec.TransformerSpec:
        """The complete specification, vocabularies and configuration included, ready to be saved."""
        shape = self.shape
        spec = transformer_spec.TransformerSpec.from_config(
            shape.layers, shape.heads, pre_norm=shape.pre_norm, no_final_norm=not shape.final_norm,
            activation=shape.activation, layernorm_embedding=shape.layernorm_embedding, ffn_glu=shape.glu,
            rms_norm=shape.rms_norm)
        self.side(spec.encoder, "encoder")
        self.side(spec.decoder, "decoder")
        self.embeddings(spec)
        vocabularies = vocabulary_manifests(shape)
        spec.register_source_vocabulary(tokens(vocabularies[0]))
        spec.register_target_vocabulary(tokens(vocabularies[-1]))
        for key, value in ({"add_source_eos": True} | shape.config).items():
            setattr(spec.config, key, value)
        spec.validate()
        spec.optimize()
        return spec


def share(spec, other) -> None:
    """Lets a layer use another's weight, which the specification then turns into an alias."""
    spec.weight, spec.weight_scale = other.weight, other.weight_scale


def vocabulary_manifests(shape: Shape) -> list[dict]:
    """One entry per vocabulary file: specials first, then the prefix with the token's own id up to the size."""
    def entry(file: str, prefix: str, size: int) -> dict:
        return {"file": file, "special": ["<unk>", "<s>", "</s>"], "prefix": prefix, "size": size}

    if shape.tied == "all":
        return [entry("shared_vocabulary.json", "t", shape.target_size)]
    return [entry("source_vocabulary.json", "s", shape.source_size),
            entry("target_vocabulary.json", "t", shape.target_size)]


def tokens(vocabulary: dict) -> list[str]:
    """The tokens that a vocabulary's manifest entry stands for."""
    special = vocabulary["special"]
    return special + [f"{vocabulary['prefix']}{i}" for i in range(len(special), vocabulary["size"])]


class Reader:
    """Reads the parts of model.bin, as a check that is independent of what was meant to be written."""

    def __init__(self, data: bytes):
        self.data, self.offset = data, 0

    def number(self, code: str):
        value, = struct.unpack_from("<" + code, self.data, self.offset)
        self.offset += struct.calcsize(code)
        return value

    def string(self) -> str:
        return self.bytes(self.number("H"))[:-1].decode()

    def bytes(self, count: int) -> bytes:
        self.offset += count
        return self.data[self.offset - count:self.offset]


def describe(data: bytes, fills: dict[str, dict]) -> dict:
    """The manifest of a model.bin: header, variables in file order with their fills, aliases."""
    reader = Reader(data)
    manifest = {"binary_version": reader.number("I"), "spec": reader.string(), "revision": reader.number("I")}
    manifest["variables"] = [describe_variable(reader, fills) for _ in range(reader.number("I"))]
    manifest["aliases"] = [[reader.string(), reader.string()] for _ in range(reader.number("I"))]
    assert reader.offset == len(data), "bytes left over"
    return manifest


def describe_variable(reader: Reader, fills: dict[str, dict]) -> dict:
    """One variable; those that were not filled are scalars, whose value is listed."""
    name = reader.string()
    dims = [reader.number("I") for _ in range(reader.number("B"))]
    dtype = TYPE_NAMES[reader.number("B")]
    payload = reader.bytes(reader.number("I"))
    fill = fills.get(name)
    if fill is None:
        assert not dims, f"{name} has no fill"
        fill = {"kind": "values", "values": list(struct.unpack("<" + STRUCT_CODES[dtype], payload))}
    return {"name": name, "shape": dims, "type": dtype, "fill": fill}


def write_model(shape: Shape, folder: pathlib.Path) -> dict:
    """Writes the model directory and returns its manifest."""
    builder = Builder(shape)
    builder.build().save(str(folder))
    data = (folder / "model.bin").read_bytes()
    manifest = {"name": shape.name} | describe(data, builder.fills)
    manifest["config"] = (folder / "config.json").read_text()
    manifest["vocabularies"] = vocabulary_manifests(shape)
    for vocabulary in manifest["vocabularies"]:
        assert json.loads((folder / vocabulary["file"]).read_text()) == tokens(vocabulary)
    return manifest | {"digest": digest(data), "bytes": len(data)}
