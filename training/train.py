"""Training of a starter model: warm-up, stable, linear decay to zero, to the step or to the clock.

Second step of the recipe: reads what `prepare.py` wrote, writes `checkpoint.pt` (to go on from),
`average.pt` (moving average of the weights, to export) and `log.jsonl` to the run folder.

    python training/train.py --work ../training-work --run ../training-work/run --until 18:00
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from batches import Batch, Corpus, Passes, PassOptions, Vocabulary, pad
from model import EOS, PAD, MaskPool, Shape, Translator, smoothed_loss
from muon import Muon

DTYPE = torch.bfloat16


def rate_at(done: float, step: int, options: argparse.Namespace) -> float:
    """Share of the peak learning rate after the share `done` of the run."""
    warm = min(1.0, (step + 1) / options.warmup)
    return warm * min(1.0, max(0.0, (1 - done) / options.decay_share))


def validate(
    model: Translator, vocabulary: Vocabulary, options: argparse.Namespace
) -> dict[str, float]:
    """Greedy BLEU and chrF on the first sentences of each validation set.

    BLEU of words as they are where the target is not English.
    """
    import sacrebleu

    scores: dict[str, float] = {}
    device = model.embedding.weight.device
    for code in ("vi", "bn"):
        lines = (options.work / f"validation.{code}.tsv").read_text(encoding="utf-8").splitlines()
        pairs = [line.split("\t") for line in lines[: options.validation_sentences]]
        own, into = code, "en"
        if options.reverse:
            pairs, own, into = [pair[::-1] for pair in pairs], "en", code
        sources = vocabulary.encode([pair[0] for pair in pairs])
        order = sorted(range(len(pairs)), key=lambda i: len(sources[i]))
        outputs = [""] * len(pairs)
        for start in range(0, len(order), 50):
            part = order[start : start + 50]
            rows = pad([[vocabulary.language(own), *sources[i], EOS] for i in part]).to(device)
            limit = min(100, int(1.5 * rows.shape[1]) + 10)
            ids = model.greedy(rows, vocabulary.language(into), DTYPE, limit)
            for i, row in zip(part, ids, strict=True):
                outputs[i] = vocabulary.decode(row)
        references = [[pair[1] for pair in pairs]]
        scores[f"bleu_{code}"] = round(sacrebleu.corpus_bleu(outputs, references).score, 2)
        scores[f"chrf_{code}"] = round(sacrebleu.corpus_chrf(outputs, references).score, 2)
        print(f"  {code}: {outputs[-1]!r} <- {pairs[-1][1]!r}", flush=True)
    return scores


def save(path: Path, content: dict[str, object]) -> None:
    """Write a checkpoint so that the old one stays until the new one is whole."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


def seconds_until(clock: str) -> float:
    """Seconds from now to the next HH:MM."""
    now = datetime.now()
    hour, minute = map(int, clock.split(":"))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds()


class Candidates:
    """The ids a step scores: all that occur in target texts, and others, all or at random."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, num_negatives: int) -> None:
        seen = {i for row in corpus.target_ids for i in row}
        real = sorted(seen | {EOS, *corpus.target_leads})
        self.real = torch.tensor(real)
        self.others = torch.tensor(sorted(set(range(vocabulary.num_ids)) - set(real)))
        self.place = torch.zeros(vocabulary.num_ids, dtype=torch.long)
        self.place[self.real] = torch.arange(len(real))
        self.num_negatives = num_negatives

    def draw(self) -> Tensor:
        if self.num_negatives >= len(self.others):
            return torch.cat([self.real, self.others])
        negatives = torch.randint(len(self.others), (self.num_negatives,))
        return torch.cat([self.real, self.others[negatives]])


class Trainer:
    """Everything that changes while a model is trained, and the step that changes it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.vocabulary = Vocabulary(options.work / "spm.model")
        self.corpus = Corpus.read(
            options.work / "pairs.tsv",
            self.vocabulary,
            options.max_tokens,
            reverse=options.reverse,
            synthetic=options.synthetic,
        )
        self.step = self.seen = self.number = self.at = 0
        self.spent = 0.0
        checkpoint = self.read_checkpoint() if options.resume else None
        self.passes = self.start_passes()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # It makes a plan for each shape of a batch, and each of ours has its own: half a second.
        torch.backends.cuda.enable_cudnn_sdp(False)
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        self.candidates = Candidates(self.corpus, self.vocabulary, options.negatives)
        self.shape = Shape(
            num_ids=self.vocabulary.num_ids,
            width=options.width,
            num_heads=options.heads,
            inner=options.inner,
            encoder_layers=options.encoder_layers,
            decoder_layers=options.decoder_layers,
            dropout=options.dropout,
        )
        self.model = Translator(self.shape)
        self.earlier = {"step": 0, "seen": 0}  # of the weights that this run started from
        if options.embedding:
            rows = torch.from_numpy(numpy.load(options.embedding))
            self.model.embedding.weight.data.copy_(rows)
        if options.weights:
            state = torch.load(options.weights, map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.earlier = {"step": state["step"], "seen": state["seen"]}
        self.model = self.model.to(self.device)
        self.run = torch.compile(self.model, dynamic=True) if options.compile else self.model
        named = list(self.model.named_parameters())
        matrices = [p for name, p in named if p.ndim == 2 and "embedding" not in name]
        self.others = [p for name, p in named if p.ndim != 2 or "embedding" in name]
        self.muon = Muon(matrices, options.width, DTYPE)
        self.adam = torch.optim.AdamW(
            self.others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )
        self.average = {name: p.detach().clone() for name, p in named}
        self.masks = MaskPool(options.dropout, self.device, DTYPE, options.seed)
        self.began = time.monotonic()
        if checkpoint is not None:
            self.restore(checkpoint)
        self.budget = options.seconds or 0.0
        if options.until:
            self.budget = self.spent + seconds_until(options.until)
        self.log = (options.run / "log.jsonl").open("a", encoding="utf-8")

    def start_passes(self) -> Passes:
        """The passes from the one on that the run is in."""
        options = self.options
        passing = PassOptions(
            seed=options.seed,
            batch_tokens=options.batch_tokens,
            max_tokens=options.max_tokens,
            sample_share=options.sample_share,
            sample_alpha=options.sample_alpha,
        )
        return Passes(self.corpus, self.vocabulary, passing, first=self.number, ahead=options.ahead)

    def read_checkpoint(self) -> dict[str, Any]:
        """The run folder's checkpoint; the counts in it are taken over at once."""
        path = self.options.run / "checkpoint.pt"
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.step, self.seen = state["step"], state["seen"]
        self.number, self.at = state["pass"], state["at"]
        self.spent = state["spent"]
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the weights, the optimisers and the random state of a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])
        self.muon.momentum = {tuple(key): value.to(self.device) for key, value in state["muon"]}
        self.average = {name: value.to(self.device) for name, value in state["average"].items()}
        self.masks.generator.set_state(state["masks_rng"])
        torch.set_rng_state(state["torch_rng"])

    def save(self) -> None:
        """Write `average.pt` and `checkpoint.pt`."""
        counts = {"step": self.step, "seen": self.seen}
        meta = {"shape": self.shape.as_dict(), "pass": self.number}
        totals = {name: count + self.earlier[name] for name, count in counts.items()}
        save(self.options.run / "average.pt", {"model": self.average, **meta, **totals})
        save(
            self.options.run / "checkpoint.pt",
            {
                "model": self.model.state_dict(),
                "adam": self.adam.state_dict(),
                "muon": list(self.muon.momentum.items()),
                "average": self.average,
                "at": self.at,
                "spent": self.elapsed(),
                "masks_rng": self.masks.generator.get_state(),
                "torch_rng": torch.get_rng_state(),
                **meta,
                **counts,
            },
        )

    def elapsed(self) -> float:
        """Seconds of training, those before a resumption included."""
        return self.spent + time.monotonic() - self.began

    def record(self, **values: object) -> None:
        now = datetime.now().isoformat(timespec="seconds")
        self.log.write(json.dumps({"time": now, **values}) + "\n")
        self.log.flush()
        print(json.dumps(values), flush=True)

    def swap_average(self) -> None:
        """Exchange the weights and their average."""
        for name, parameter in self.model.named_parameters():
            parameter.data, self.average[name] = self.average[name], parameter.data

    def check(self) -> None:
        """Record the scores of the averaged weights on the validation sets."""
        self.swap_average()
        scores = validate(self.model, self.vocabulary, self.options)
        self.swap_average()
        self.record(step=self.step, seen=self.seen, **scores)

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss to train on and the one to report (`smoothed_loss`) of a batch."""
        options = self.options
        source, target = batch.source.to(self.device), batch.target.to(self.device)
        # The real places are looked up on the CPU: a GPU would have to be waited for.
        flat = batch.labels.flatten()
        wanted = (flat != PAD).nonzero().flatten()
        labels = self.candidates.place[flat[wanted]].to(self.device)
        hidden = self.run(
            source,
            target,
            DTYPE,
            self.masks.draw(2 * options.encoder_layers + 1, (*source.shape, options.width)),
            self.masks.draw(3 * options.decoder_layers + 1, (*target.shape, options.width)),
        )
        hidden = hidden.flatten(0, 1)[wanted.to(self.device)]
        chosen = self.candidates.draw().to(self.device)
        weight = F.embedding(chosen, self.model.embedding.weight).to(DTYPE)
        return smoothed_loss(
            hidden,
            weight,
            labels,
            num_real=len(self.candidates.real),
            num_others=len(self.candidates.others),
            smoothing=options.smoothing,
            chunk=16384 if hidden.is_cuda else 2048,
        )

    def update(self, batch: Batch, rate: float) -> Tensor:
        """One step at learning rate `rate`; the negative log-likelihood per target token."""
        loss, plain = self.loss(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.others, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.muon.step(rate, decay=self.options.weight_decay)
        self.adam.step()
        self.model.zero_grad(set_to_none=True)
        self.model.embedding.weight.data[PAD].zero_()
        self.step += 1
        self.seen += batch.num_tokens
        keep = min(self.options.average, (self.step + 1) / (self.step + 20))
        weights = [p.data for p in self.model.parameters()]
        torch._foreach_lerp_(list(self.average.values()), weights, 1 - keep)
        return plain.detach()

    def train(self) -> None:
        """Steps until the budget of steps or time is used; saves and validates on the way."""
        options = self.options
        batches = self.passes.take()
        checked = saved = window = time.monotonic()
        losses: list[Tensor] = []
        seen_before = self.seen
        done = 0.0
        while done < 1:
            if self.at == len(batches):
                self.number, self.at = self.number + 1, 0
                batches = self.passes.take()
            if self.budget:
                done = self.elapsed() / self.budget
            else:
                done = (self.step + 1) / max(1, options.steps)
            rate = options.rate * rate_at(done, self.step, options)
            losses.append(self.update(batches[self.at], rate))
            self.at += 1
            now = time.monotonic()
            if self.step % options.log_steps == 0:
                self.record(
                    step=self.step,
                    loss=round(float(sum(losses)) / len(losses), 4),
                    tokens_per_second=round((self.seen - seen_before) / (now - window)),
                    seen=self.seen,
                    passes=round(self.number + self.at / len(batches), 2),
                    rate=round(rate, 6),
                )
                losses, seen_before, window = [], self.seen, now
            if now - checked > 60 * options.validate_minutes:
                self.check()
                checked = window = time.monotonic()
                losses, seen_before = [], self.seen
            if now - saved > 60 * options.save_minutes:
                self.save()
                saved = time.monotonic()
        self.passes.close()
        self.check()
        self.save()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--work", type=Path, required=True, help="folder written by prepare.py")
    add("--run", type=Path, required=True, help="folder for checkpoints and log")
    add("--until", metavar="HH:MM", help="wall clock by which the decay is over")
    add("--steps", type=int, default=0, help="number of steps, where no --until is given")
    add("--seconds", type=float, help="seconds by which the decay is over, in place of --until")
    add("--reverse", action="store_true", help="from English into the other languages")
    add("--synthetic", type=Path, help="more pairs, written by backtranslate.py")
    add("--ahead", type=int, default=0, help="processes that make the next passes: for a GPU")
    add("--resume", action="store_true", help="go on from the run folder's checkpoint")
    add("--width", type=int, default=320)
    add("--heads", type=int, default=5)
    add("--inner", type=int, default=1280)
    add("--encoder-layers", type=int, default=6)
    add("--decoder-layers", type=int, default=2)
    add("--dropout", type=float, default=0.1)
    add("--smoothing", type=float, default=0.1)
    add("--rate", type=float, default=2e-3, help="peak learning rate of both optimisers")
    add("--weight-decay", type=float, default=0.0, help="of the matrices, a share of the rate")
    add("--warmup", type=int, default=100)
    add("--decay-share", type=float, default=0.3)
    add("--batch-tokens", type=int, default=3000)
    add("--max-tokens", type=int, default=100)
    add("--negatives", type=int, default=512, help="non-English ids scored, at most")
    add("--sample-share", type=float, default=0.5, help="share of sources segmented at random")
    add("--sample-alpha", type=float, default=0.3)
    add("--average", type=float, default=0.998, help="decay of the moving average of weights")
    add("--embedding", type=Path, help="initial embedding, written by lexicon.py")
    add("--weights", type=Path, help="average.pt to start from, of restart.py or another run")
    add("--seed", type=int, default=20)
    add("--threads", type=int, default=2)
    add("--compile", action="store_true", help="torch.compile: for a GPU")
    add("--validate-minutes", type=float, default=15)
    add("--save-minutes", type=float, default=5)
    add("--log-steps", type=int, default=50)
    add("--validation-sentences", type=int, default=150)
    return parser.parse_args()


def main() -> None:
    options = parse()
    options.run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(options)
    parameters = sum(p.numel() for p in trainer.model.parameters())
    print(
        f"{parameters / 1e6:.1f} M parameters, {len(trainer.corpus.sources)} pairs, "
        f"{len(trainer.candidates.real)} target ids, {trainer.device}",
        flush=True,
    )
    trainer.train()


if __name__ == "__main__":
    main()
