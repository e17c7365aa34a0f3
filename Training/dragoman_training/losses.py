"""Cross entropy over a large vocabulary without ever holding all logits: chunks that stay in the processor's cache."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class ChunkedCrossEntropy(torch.autograd.Function):
    """The mean label-smoothed cross entropy of ``states @ embedding.T``, with its gradients made chunk by chunk.

    Returns the smoothed loss, to be minimised, and the plain one, to be watched; only the former has a gradient.
    """

    @staticmethod
    def forward(
        ctx, states: Tensor, embedding: Tensor, labels: Tensor, smoothing: float, kind: torch.dtype, chunk: int
    ):
        count, size = states.shape[0], embedding.shape[0]
        weights = embedding.to(kind)
        states_gradient = torch.empty(states.shape, dtype=kind, device=states.device)
        embedding_gradient = torch.zeros(embedding.shape, dtype=torch.float32, device=states.device)
        smoothed = states.new_zeros((), dtype=torch.float32)
        plain = states.new_zeros((), dtype=torch.float32)
        for start in range(0, count, chunk):
            rows = min(chunk, count - start)
            filling = -rows % 64  # few sizes of products: see batches.py
            part = F.pad(states[start : start + rows].to(kind), (0, 0, 0, filling))
            goal = F.pad(labels[start : start + rows], (0, filling))[:, None]
            logits = part @ weights.t()
            probabilities = torch.softmax(logits, -1, dtype=torch.float32)
            surprise = -probabilities.gather(1, goal).clamp_min(1e-30).log()
            log_total = logits.gather(1, goal).float() + surprise
            uniform = log_total - logits.mean(-1, keepdim=True, dtype=torch.float32)
            plain += surprise[:rows].sum()
            smoothed += ((1 - smoothing) * surprise + smoothing * uniform)[:rows].sum()
            probabilities -= smoothing / size
            probabilities.scatter_add_(1, goal, torch.full_like(surprise, smoothing - 1))
            gradient = probabilities.to(kind)
            states_gradient[start : start + rows] = (gradient @ weights)[:rows]
            embedding_gradient += gradient.t() @ part  # the filling's rows of ``part`` are zero
        ctx.save_for_backward(states_gradient, embedding_gradient)
        ctx.count, ctx.kinds = count, (states.dtype, embedding.dtype)
        ctx.set_materialize_grads(False)
        return smoothed / count, plain / count

    @staticmethod
    def backward(ctx, smoothed: Tensor, _plain: Tensor | None):
        states, embedding = ctx.saved_tensors
        factor = smoothed / ctx.count
        return (states * factor).to(ctx.kinds[0]), (embedding * factor).to(ctx.kinds[1]), None, None, None, None


def cross_entropy(
    states: Tensor, embedding: Tensor, labels: Tensor, smoothing: float, kind: torch.dtype = torch.bfloat16
) -> tuple[Tensor, Tensor]:
    """The smoothed and the plain mean cross entropy of ``states`` ``[count, width]`` for ``labels`` ``[count]``."""
    chunk = 8192 if states.is_cuda else 384
    return ChunkedCrossEntropy.apply(states, embedding, labels, smoothing, kind, chunk)


def plain_cross_entropy(states: Tensor, embedding: Tensor, labels: Tensor) -> float:
    """The sum of the unsmoothed cross entropy, without gradients."""
    total = 0.0
    for start in range(0, len(labels), 384):
        logits = states[start : start + 384].float() @ embedding.t()
        total += float(F.cross_entropy(logits, labels[start : start + 384], reduction="sum"))
    return total
