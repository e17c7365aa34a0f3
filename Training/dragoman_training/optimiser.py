"""Muon for the matrices of the layers, AdamW for the embedding, norms and biases.

Muon (Jordan et al., 2024) replaces a matrix's momentum by its nearest orthogonal matrix, found by a few
Newton-Schulz steps, so that every direction of the weights learns at the same rate.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(batch: Tensor, steps: int = 5) -> Tensor:
    """The approximate nearest orthogonal matrices of ``[count, rows, columns]``, singular values near 1."""
    a, b, c = COEFFICIENTS
    x = batch.to(torch.bfloat16)
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised for all matrices of one shape together.

    Fused projections (three or two stacked square matrices) are orthogonalised one square at a time.
    """

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                momentum = state.setdefault("momentum", torch.zeros_like(parameter))
                momentum.lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(momentum, group["momentum"])
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                rows, columns = parameter.shape
                parts = rows // columns if rows in (2 * columns, 3 * columns) else 1
                for weight, change in zip(parameter.chunk(parts), update.chunk(parts), strict=True):
                    shapes[tuple(weight.shape)].append((weight, change))
            for (rows, columns), members in shapes.items():
                updates = orthogonalise(torch.stack([change for _, change in members]))
                factor = group["lr"] * max(1.0, rows / columns) ** 0.5
                for (weight, _), update in zip(members, updates, strict=True):
                    weight.sub_(update.to(weight.dtype), alpha=factor)


def optimisers(model: nn.Module, matrix_rate: float, vector_rate: float, decay: float) -> list[torch.optim.Optimizer]:
    """The two optimisers of a model; each group remembers its peak rate as ``peak``."""
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embedding" not in n]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embedding" in n]
    made = [
        Muon(matrices, lr=matrix_rate, weight_decay=decay),
        torch.optim.AdamW(others, lr=vector_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]
    for optimiser, peak in zip(made, (matrix_rate, vector_rate), strict=True):
        for group in optimiser.param_groups:
            group["peak"] = peak
    return made
