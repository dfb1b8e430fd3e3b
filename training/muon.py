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
        self.groups: dict[tuple[int, int], list[Tensor]] = {}
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
    def step(self, rate: float, beta: float = 0.95) -> None:
        for (rows, columns), views in self.views.items():
            grad = torch.stack([p.grad[at : at + rows] for p, at in views]).float()
            momentum = self.momentum[rows, columns]
            momentum.lerp_(grad, 1 - beta)
            update = grad.lerp_(momentum, beta)
            scale = -rate * 0.2 * math.sqrt(max(rows, columns))
            for (matrix, at), change in zip(views, update, strict=True):
                step = self.orthogonalise(change).float()
                matrix.data[at : at + rows].add_(step, alpha=scale)

    def orthogonalise(self, x: Tensor) -> Tensor:
        """The nearest semi-orthogonal matrix, roughly: five Newton-Schulz steps.

        One matrix at a time: batched products take twice as long on a CPU.
        """
        a, b, c = NEWTON_SCHULZ
        tall = x.shape[0] > x.shape[1]
        x = x / (x.norm() + 1e-7)
        x = (x.T if tall else x).to(self.dtype)
        for _ in range(5):
            gram = x @ x.T
            x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        return x.T if tall else x
