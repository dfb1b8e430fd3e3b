"""The Muon optimiser for the matrices of `model.Translator`."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

# Quintic Newton-Schulz coefficients of Muon. Source: Jordan et al. 2024, "Muon".
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


class Muon:
    """Muon for the matrices; fused projections are orthogonalised block by block.

    Steps are scaled to the size of AdamW's (0.2 times the root of the longer side), so that both
    share one learning rate. Source: Liu et al. 2025, "Muon is scalable for LLM training".
    """

    def __init__(self, matrices: list[nn.Parameter], width: int, dtype: torch.dtype) -> None:
        self.width, self.dtype = width, dtype
        self.views: dict[tuple[int, int], list[tuple[nn.Parameter, int]]] = {}
        for matrix in matrices:
            rows, columns = matrix.shape
            # Fused q, k, v are stacks of squares; the feed-forward matrices stay whole.
            fused = columns == width and rows in (2 * width, 3 * width)
            blocks = rows // width if fused else 1
            for block in range(blocks):
                key = (rows // blocks, columns)
                self.views.setdefault(key, []).append((matrix, block * (rows // blocks)))
        self.momentum = {
            key: torch.zeros(len(views), *key, device=views[0][0].device)
            for key, views in self.views.items()
        }

    @torch.no_grad()
    def step(self, rate: float, beta: float = 0.95, decay: float = 0.0) -> None:
        """Move every matrix against its momentum; `decay` times the rate of each is taken away."""
        for (rows, columns), views in self.views.items():
            grad = torch.stack([p.grad[at : at + rows] for p, at in views]).float()
            momentum = self.momentum[rows, columns]
            momentum.lerp_(grad, 1 - beta)
            update = grad.lerp_(momentum, beta)
            scale = -rate * 0.2 * math.sqrt(max(rows, columns))
            # One matrix at a time on a CPU: batched products take twice as long there.
            parts = update.split(len(update) if update.is_cuda else 1)
            steps = [step for part in parts for step in self.orthogonalise(part).float()]
            blocks = [matrix.data[at : at + rows] for matrix, at in views]
            if decay:
                torch._foreach_mul_(blocks, 1 - rate * decay)
            torch._foreach_add_(blocks, steps, alpha=scale)

    def orthogonalise(self, x: Tensor) -> Tensor:
        """The nearest semi-orthogonal matrices, roughly, of `x` (count, rows, columns).

        Five Newton-Schulz steps.
        """
        a, b, c = NEWTON_SCHULZ
        tall = x.shape[1] > x.shape[2]
        x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
        x = (x.mT if tall else x).to(self.dtype)
        for _ in range(5):
            gram = x @ x.mT
            x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        return x.mT if tall else x
