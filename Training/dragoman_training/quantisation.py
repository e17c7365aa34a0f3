"""Simulated int8 arithmetic: what the engine will do to weights and activations, with straight-through gradients."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def fake_quantise(x: Tensor) -> Tensor:
    """Rounds each row to the 255 levels of its own int8 scale; the gradient passes as if nothing had happened."""
    scale = x.detach().abs().amax(-1, keepdim=True).clamp_min(1e-8) / 127
    return x + (torch.round(x.detach() / scale) * scale - x.detach())


class QuantisableLinear(nn.Linear):
    """A linear layer that can compute as int8 does: weights by output row, activations by token."""

    quantised = False

    def forward(self, x: Tensor) -> Tensor:
        if self.quantised:
            return F.linear(fake_quantise(x), fake_quantise(self.weight), self.bias)
        return F.linear(x, self.weight, self.bias)
