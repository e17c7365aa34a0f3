"""A pre-norm Transformer whose weights map one to one onto CTranslate2's ``TransformerSpec``."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .configuration import ModelShape
from .quantisation import QuantisableLinear
from .vocabulary import PADDING


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    """Scaled dot-product attention; ``mask`` is true where a key may be seen.

    On a CPU plain products of short sequences are several times faster, backwards above all, than the fused kernel.
    """
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
    query, key, value = query.contiguous(), key.contiguous(), value.contiguous()
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if mask is not None:
        scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill_(~mask, -1e4)
    return torch.softmax(scores, -1).to(value.dtype) @ value


class Attention(nn.Module):
    """Multi-head attention; ``project`` holds queries, keys and values in one matrix, or keys and values alone."""

    def __init__(self, width: int, heads: int, cross: bool = False):
        super().__init__()
        self.heads = heads
        self.query = QuantisableLinear(width, width) if cross else None
        self.project = QuantisableLinear(width, (2 if cross else 3) * width)
        self.output = QuantisableLinear(width, width)

    def forward(
        self, x: Tensor, memory: Tensor | None = None, mask: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        batch, length, width = x.shape
        if self.query is None:
            query, key, value = self.project(x).chunk(3, -1)
        else:
            query = self.query(x)
            key, value = self.project(memory).chunk(2, -1)

        def split(t: Tensor) -> Tensor:
            return t.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)

        attended = attend(split(query), split(key), split(value), mask, causal)
        return self.output(attended.transpose(1, 2).reshape(batch, length, width))


class Layer(nn.Module):
    """An encoder layer, or with ``decoder`` one that also attends to the encoder's output."""

    def __init__(self, shape: ModelShape, decoder: bool, dropout: float):
        super().__init__()
        self.decoder = decoder
        self.self_norm = nn.LayerNorm(shape.width)
        self.self_attention = Attention(shape.width, shape.heads)
        if decoder:
            self.cross_norm = nn.LayerNorm(shape.width)
            self.cross_attention = Attention(shape.width, shape.heads, cross=True)
        self.feed_norm = nn.LayerNorm(shape.width)
        self.feed_in = QuantisableLinear(shape.width, shape.feed_forward)
        self.feed_out = QuantisableLinear(shape.feed_forward, shape.width)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, x: Tensor, memory: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        if self.decoder:
            x = x + self.dropout(self.self_attention(self.self_norm(x), causal=True))
            x = x + self.dropout(self.cross_attention(self.cross_norm(x), memory, mask))
        else:
            x = x + self.dropout(self.self_attention(self.self_norm(x), mask=mask))
        return x + self.dropout(self.feed_out(F.relu(self.feed_in(self.feed_norm(x)))))


def sinusoids(positions: int, width: int) -> Tensor:
    """Position encodings in the layout ``[sines | cosines]``, stored explicitly in the exported model."""
    inverse = torch.exp(torch.arange(width // 2) * -(math.log(10_000) / (width // 2 - 1)))
    angles = torch.arange(positions)[:, None] * inverse[None]
    return torch.cat([angles.sin(), angles.cos()], -1)


class TranslationModel(nn.Module):
    """Encoder and decoder that share one embedding, which is the output projection too."""

    def __init__(self, shape: ModelShape, dropout: float = 0.0):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.register_buffer("positions", sinusoids(shape.positions, shape.width), persistent=False)
        self.encoder = nn.ModuleList(Layer(shape, False, dropout) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.decoder = nn.ModuleList(Layer(shape, True, dropout) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        nn.init.normal_(self.embedding.weight, std=shape.width**-0.5)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def embed(self, pieces: Tensor) -> Tensor:
        """Scaled embeddings plus positions."""
        return self.dropout(self.embedding(pieces) * math.sqrt(self.shape.width) + self.positions[: pieces.shape[1]])

    def encode(self, sources: Tensor) -> tuple[Tensor, Tensor]:
        """The encoder's output and the mask of its real positions."""
        mask = (sources != PADDING)[:, None, None, :]
        x = self.embed(sources)
        for layer in self.encoder:
            x = layer(x, mask=mask)
        return self.encoder_norm(x), mask

    def forward(self, sources: Tensor, targets: Tensor) -> Tensor:
        """The decoder's states ``[batch, length, width]`` for shifted targets.

        Logits are their product with the embedding.
        """
        memory, mask = self.encode(sources)
        x = self.embed(targets)
        for layer in self.decoder:
            x = layer(x, memory, mask)
        return self.decoder_norm(x)

    def set_quantised(self, enabled: bool) -> None:
        """Switches the simulation of int8 arithmetic on or off in every linear layer."""
        for module in self.modules():
            if isinstance(module, QuantisableLinear):
                module.quantised = enabled


def grow(model: TranslationModel, shape: ModelShape) -> TranslationModel:
    """A deeper model that computes the same function: new encoder layers are copies whose outputs are zero.

    Only the numbers of layers may differ, and only upwards.
    """
    same = replace(shape, encoder_layers=model.shape.encoder_layers, decoder_layers=model.shape.decoder_layers)
    if same != model.shape:
        raise SystemExit("only the number of layers can grow: train other sizes from the beginning")
    grown = TranslationModel(shape)
    state = model.state_dict()
    for name in ("encoder", "decoder"):
        old, new = getattr(model, name), getattr(grown, name)
        for index in range(len(new)):
            origin = index * len(old) // len(new)
            first = index == 0 or (index - 1) * len(old) // len(new) != origin
            for key in old[origin].state_dict():
                value = old[origin].state_dict()[key].clone()
                if not first and ("output." in key or "feed_out." in key):
                    value.zero_()
                state[f"{name}.{index}.{key}"] = value
    grown.load_state_dict(state)
    return grown
