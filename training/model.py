"""The M2M100 architecture, written small and fast for training from scratch.

Same mathematics as transformers' `M2M100ForConditionalGeneration` (pre-norm, scaled tied
embeddings, sinusoidal positions from 2, ReLU), with fused projections and dropout masks cut from a
pool; `export.py` gives the weights the names transformers and CTranslate2 read.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BOS, PAD, EOS, UNK = 0, 1, 2, 3
NUM_SPECIAL = 4
# SentencePiece numbers <unk>, <s>, </s> 0 to 2; the pieces from 3 on move up by one.
PIECE_SHIFT = 1
NUM_LANGUAGES = 100
NUM_MADE_UP = 8
FIRST_POSITION = PAD + 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model; `num_ids` counts every row of the embedding."""

    num_ids: int
    width: int = 256
    num_heads: int = 4
    inner: int = 1024
    encoder_layers: int = 6
    decoder_layers: int = 2
    dropout: float = 0.1

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def sinusoids(num_positions: int, width: int) -> Tensor:
    """Position vectors, shape (num_positions, width), the first for position 2 as in M2M100."""
    half = width // 2
    rates = torch.exp(torch.arange(half).float() * -(math.log(10_000) / (half - 1)))
    angles = torch.arange(FIRST_POSITION, FIRST_POSITION + num_positions).float()[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


# What is dropped: nothing, a share drawn on the spot, or what masks made before say.
Dropout = float | list[Tensor] | None


class MaskPool:
    """Dropout masks as views of one random buffer: drawing each by itself is slow on a CPU."""

    def __init__(self, dropout: float, device: torch.device, dtype: torch.dtype, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.dropout = dropout
        self.cuda = device.type == "cuda"
        if not self.cuda:
            keep = torch.rand(1 << 23, generator=self.generator) >= dropout
            self.pool = (keep.to(dtype) / (1 - dropout)).to(device)

    def draw(self, count: int, shape: tuple[int, int, int]) -> Dropout:
        """`count` masks of `shape` (batch, length, width); on a GPU the share, None without."""
        if not self.dropout:
            return None
        if self.cuda:
            return self.dropout
        size = math.prod(shape)
        if size > len(self.pool):
            self.pool = self.pool.repeat(1 + size // len(self.pool))
        starts = torch.randint(
            0, (len(self.pool) - size) // 64 + 1, (count,), generator=self.generator
        )
        return [self.pool[at : at + size].view(shape) for at in (starts * 64).tolist()]


def project(x: Tensor, layer: nn.Linear) -> Tensor:
    """`layer(x)` in the type of `x`; the weights stay in float32."""
    return F.linear(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype))


def normalise(x: Tensor, layer: nn.LayerNorm) -> Tensor:
    """Layer norm in the type of `x`; the kernels add up in float32."""
    weight, bias = layer.weight.to(x.dtype), layer.bias.to(x.dtype)
    return F.layer_norm(x, layer.normalized_shape, weight, bias, layer.eps)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention over (batch, heads, length, size) with an additive mask.

    On a CPU written out: torch 2.13's fused kernel takes 20 times as long there, forward and
    backward, for batches of sentences in bfloat16 (184 ms against 8 ms for 90 of 33 tokens).
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    weights = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + mask
    return weights.softmax(-1) @ v


class Attention(nn.Module):
    """Multi-head attention with fused projections: q, k, v of one input, or k, v of the memory."""

    def __init__(self, shape: Shape, *, cross: bool) -> None:
        super().__init__()
        self.num_heads = shape.num_heads
        self.norm = nn.LayerNorm(shape.width)
        if cross:
            self.q = nn.Linear(shape.width, shape.width)
            self.kv = nn.Linear(shape.width, 2 * shape.width)
        else:
            self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.cross = cross

    def forward(self, x: Tensor, memory: Tensor | None, mask: Tensor) -> Tensor:
        """What attention adds to `x` (batch, length, width)."""
        x = normalise(x, self.norm)
        if self.cross:
            assert memory is not None
            q = project(x, self.q)
            k, v = project(memory, self.kv).chunk(2, dim=-1)
        else:
            q, k, v = project(x, self.qkv).chunk(3, dim=-1)
        q, k, v = (t.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for t in (q, k, v))
        return project(attend(q, k, v, mask).transpose(1, 2).reshape(x.shape), self.out)


class FeedForward(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(shape.width)
        self.fc1 = nn.Linear(shape.width, shape.inner)
        self.fc2 = nn.Linear(shape.inner, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        return project(F.relu(project(normalise(x, self.norm), self.fc1)), self.fc2)


class Layer(nn.Module):
    def __init__(self, shape: Shape, *, decoder: bool) -> None:
        super().__init__()
        self.self_attention = Attention(shape, cross=False)
        self.cross_attention = Attention(shape, cross=True) if decoder else None
        self.feed_forward = FeedForward(shape)


def drop(x: Tensor, masks: Dropout, at: int) -> Tensor:
    if masks is None:
        return x
    return F.dropout(x, masks) if isinstance(masks, float) else x * masks[at]


class Translator(nn.Module):
    """Encoder and decoder with one embedding; inputs are padded id tensors (batch, length)."""

    def __init__(self, shape: Shape, max_positions: int = 1024) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.num_ids, shape.width)
        self.encoder = nn.ModuleList(
            Layer(shape, decoder=False) for _ in range(shape.encoder_layers)
        )
        self.decoder = nn.ModuleList(
            Layer(shape, decoder=True) for _ in range(shape.decoder_layers)
        )
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.decoder_norm = nn.LayerNorm(shape.width)
        self.register_buffer("positions", sinusoids(max_positions, shape.width), persistent=False)
        self.initialise()

    def initialise(self) -> None:
        """Xavier matrices, those that write to the residual stream scaled by depth."""
        depth = self.shape.encoder_layers + self.shape.decoder_layers
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and "embedding" not in name:
                nn.init.xavier_uniform_(parameter)
                if ".out." in name or ".fc2." in name:
                    parameter.data *= (2 * depth) ** -0.5
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
        nn.init.normal_(self.embedding.weight, std=self.shape.width**-0.5)
        self.embedding.weight.data[PAD].zero_()

    def embed(self, ids: Tensor, dtype: torch.dtype) -> Tensor:
        vectors = F.embedding(ids, self.embedding.weight) * math.sqrt(self.shape.width)
        return (vectors + self.positions[: ids.shape[1]]).to(dtype)

    def encode(
        self, source: Tensor, dtype: torch.dtype, masks: Dropout = None
    ) -> tuple[Tensor, Tensor]:
        """Encoder output and the additive mask that hides the padding of the source."""
        hidden = torch.zeros(source.shape, dtype=dtype, device=source.device)
        mask = hidden.masked_fill(source == PAD, float("-inf"))[:, None, None, :]
        x = drop(self.embed(source, dtype), masks, 0)
        for number, layer in enumerate(self.encoder):
            x = x + drop(layer.self_attention(x, None, mask), masks, 2 * number + 1)
            x = x + drop(layer.feed_forward(x), masks, 2 * number + 2)
        return normalise(x, self.encoder_norm), mask

    def decode(self, target: Tensor, memory: Tensor, mask: Tensor, masks: Dropout = None) -> Tensor:
        """Hidden states (batch, length, width) that the embedding turns into logits."""
        length = target.shape[1]
        future = torch.full((length, length), float("-inf"), device=target.device).triu(1)
        future = future.to(memory.dtype)
        x = drop(self.embed(target, memory.dtype), masks, 0)
        for number, layer in enumerate(self.decoder):
            at = 3 * number
            x = x + drop(layer.self_attention(x, None, future), masks, at + 1)
            x = x + drop(layer.cross_attention(x, memory, mask), masks, at + 2)
            x = x + drop(layer.feed_forward(x), masks, at + 3)
        return normalise(x, self.decoder_norm)

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        dtype: torch.dtype,
        source_masks: Dropout,
        target_masks: Dropout,
    ) -> Tensor:
        memory, mask = self.encode(source, dtype, source_masks)
        return self.decode(target, memory, mask, target_masks)

    @torch.no_grad()
    def greedy(
        self, source: Tensor, language: int, dtype: torch.dtype, limit: int, never: Tensor
    ) -> list[list[int]]:
        """The most probable token at each step, as ids without `</s>` and language token.

        Ids of `never` are not written.
        """
        memory, mask = self.encode(source, dtype)
        ids = torch.tensor([[EOS, language]], device=source.device).repeat(len(source), 1)
        ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        for _ in range(limit):
            hidden = self.decode(ids, memory, mask)[:, -1]
            scores = hidden @ self.embedding.weight.to(dtype).T
            best = scores.index_fill_(-1, never, -torch.inf).argmax(-1)
            best = best.masked_fill(ended, PAD)
            ids = torch.cat([ids, best[:, None]], dim=1)
            ended |= best == EOS
            if ended.all():
                break
        return [[i for i in row[2:] if i not in (EOS, PAD)] for row in ids.tolist()]

    @torch.no_grad()
    def loss_of(
        self,
        source: Tensor,
        target: Tensor,
        labels: Tensor,
        dtype: torch.dtype,
        never: Tensor,
    ) -> float:
        """Negative log-likelihood of all labels that are no padding, in nats, without dropout.

        As if the ids of `never`, which no label is, were none.
        """
        hidden = self(source, target, dtype, None, None)
        logits = (hidden @ self.embedding.weight.to(dtype).T).float().flatten(0, 1)
        logits.index_fill_(-1, never, -torch.inf)
        return float(F.cross_entropy(logits, labels.flatten(), ignore_index=PAD, reduction="sum"))


class _SmoothedLoss(torch.autograd.Function):
    """Label-smoothed cross-entropy that makes its gradient while it goes, chunk by chunk."""

    @staticmethod
    def forward(
        ctx,
        hidden: Tensor,
        weight: Tensor,
        labels: Tensor,
        num_real: int,
        correction: float,
        smoothing: float,
        chunk: int,
    ):
        count = len(hidden)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device)
        total = torch.zeros((), device=hidden.device)
        plain = torch.zeros((), device=hidden.device)
        for start in range(0, count, chunk):
            h, y = hidden[start : start + chunk], labels[start : start + chunk, None]
            logits = (h @ weight.T).float()
            logits[:, num_real:] += correction
            log_probs = torch.log_softmax(logits, dim=1)
            right = -log_probs.gather(1, y)
            plain += right.sum()
            smooth = log_probs[:, :num_real].sum() / num_real
            total += (1 - smoothing) * right.sum() - smoothing * smooth
            grad = log_probs.exp_()
            grad[:, :num_real] -= smoothing / num_real
            grad.scatter_add_(1, y, torch.full_like(right, smoothing - 1))
            grad = grad.mul_(1 / count).to(hidden.dtype)
            grad_hidden[start : start + chunk] = grad @ weight
            grad_weight += grad.T @ h
        ctx.save_for_backward(grad_hidden, grad_weight.to(weight.dtype))
        return total / count, plain / count

    @staticmethod
    def backward(ctx, grad_total: Tensor, _grad_plain: Tensor):
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grad_total, grad_weight * grad_total, *[None] * 5


def smoothed_loss(
    hidden: Tensor,
    weight: Tensor,
    labels: Tensor,
    *,
    num_real: int,
    num_others: int,
    smoothing: float,
    chunk: int = 2048,
) -> tuple[Tensor, Tensor]:
    """Mean smoothed loss (to train on) and mean negative log-likelihood (to report), in nats.

    The first `num_real` rows of `weight` are ids that can be right; the rest is a sample of
    `num_others` that never are. Each of the sample counts for as many as it stands for, and gets
    no smoothing, or the model would write words of the source language more often.
    """
    sampled = len(weight) - num_real
    correction = math.log(num_others / sampled) if sampled else 0.0
    return _SmoothedLoss.apply(hidden, weight, labels, num_real, correction, smoothing, chunk)
