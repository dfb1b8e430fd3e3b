"""Training of a starter model: warm-up, a steady rate for as long as wanted, then decay to zero.

Second step of the recipe, as a rule started in the background by `run.py`: reads what `prepare.py`
wrote, and writes to the run folder `checkpoint.pt` (all that is needed to go on), `best.pt` (the
averaged weights that validation likes best, to export), `settings.json` and `log.jsonl`. Where
there is a checkpoint it goes on from it, with the settings it was started with.

    python training/train.py
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import json
import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import places
from batches import Batch, Corpus, Passes, PassOptions, Vocabulary, pad
from model import EOS, PAD, MaskPool, Shape, Translator, smoothed_loss
from muon import Muon
from restart import grown, read_start

DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}
#: Newest first.
CHECKPOINTS = ("checkpoint.pt", "checkpoint.previous.pt")


LANGUAGES = ("vi", "bn")
LOCK_ATTEMPTS = 10
#: Settings that belong to one call and are not taken over by the next.
NOT_KEPT = frozenset({"work", "run", "finish_tokens", "threads", "ahead"})


class AlreadyRunningError(RuntimeError):
    """Another process trains in the same run folder."""


def rate_at(step: int, seen: int, options: argparse.Namespace) -> float:
    """Share of the peak learning rate at `step`, after `seen` target tokens of this run."""
    warm = min(1.0, (step + 1) / options.warmup)
    if not options.end_tokens:
        return warm
    left = (options.end_tokens - seen) / max(1, options.end_tokens - options.decay_from_tokens)
    return warm * min(1.0, max(0.0, left))


def validate(
    model: Translator, vocabulary: Vocabulary, options: argparse.Namespace, never: Tensor
) -> dict[str, float]:
    """Greedy BLEU and chrF on the first sentences of each validation set, and the likelihood.

    `nll` is the negative log-likelihood of a reference token, in nats: what overfitting shows in
    first, and less noisy than the others. BLEU of words as they are where the target is not
    English.
    """
    import sacrebleu

    scores: dict[str, float] = {}
    device, dtype = model.embedding.weight.device, DTYPES[options.dtype]
    never = never.to(device)
    for code in options.languages:
        lines = (options.work / f"validation.{code}.tsv").read_text(encoding="utf-8").splitlines()
        pairs = [line.split("\t") for line in lines[: options.validation_sentences]]
        own, into = code, "en"
        if options.reverse:
            pairs, own, into = [pair[::-1] for pair in pairs], "en", code
        sources = vocabulary.encode([pair[0] for pair in pairs])
        order = sorted(range(len(pairs)), key=lambda i: len(sources[i]))
        outputs = [""] * len(pairs)
        targets = vocabulary.encode([pair[1] for pair in pairs])
        lost, num_tokens = 0.0, 0
        for start in range(0, len(order), 50):
            part = order[start : start + 50]
            rows = pad([[vocabulary.language(own), *sources[i], EOS] for i in part]).to(device)
            limit = min(100, int(1.5 * rows.shape[1]) + 10)
            ids = model.greedy(rows, vocabulary.language(into), dtype, limit, never)
            lead = vocabulary.language(into)
            given = pad([[EOS, lead, *targets[i]] for i in part]).to(device)
            labels = pad([[lead, *targets[i], EOS] for i in part]).to(device)
            labels = labels.masked_fill(torch.isin(labels, never), PAD)
            lost += model.loss_of(rows, given, labels, dtype, never)
            num_tokens += int((labels != PAD).sum())
            for i, row in zip(part, ids, strict=True):
                outputs[i] = vocabulary.decode(row)
        references = [[pair[1] for pair in pairs]]
        scores[f"bleu_{code}"] = round(sacrebleu.corpus_bleu(outputs, references).score, 2)
        scores[f"chrf_{code}"] = round(sacrebleu.corpus_chrf(outputs, references).score, 2)
        scores[f"nll_{code}"] = round(lost / num_tokens, 4)
        print(f"  {code}: {outputs[-1]!r} <- {pairs[-1][1]!r}", flush=True)
    return scores


def save(path: Path, content: dict[str, object]) -> None:
    """Write a file so that the old one stays until the new one is whole and on the disk."""
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        torch.save(content, out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def resident_mb() -> int:
    """Megabytes of memory that the process holds now; 0 where the machine does not say."""
    path = Path("/proc/self/statm")
    if not path.exists():
        return 0
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def release_memory() -> None:
    """Give freed memory back to the machine, which others share; nothing where libc cannot.

    Batches of ever other shapes leave holes: 4 GB after ten minutes, 6.6 GB after forty.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def hold(run: Path) -> IO[str]:
    """The open lock of the run folder, held until the process ends; also writes `pid`.

    Raises:
        AlreadyRunningError: another process holds it.
    """
    lock = (run / "lock").open("a")
    for attempt in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:  # `run.py` holds it for an instant when it looks
            if attempt == LOCK_ATTEMPTS - 1:
                raise AlreadyRunningError(f"{run} is being trained already") from None
            time.sleep(0.2)
    part = run / "pid.part"
    part.write_text(f"{os.getpid()}\n")
    part.replace(run / "pid")
    return lock


def read_checkpoint(run: Path) -> dict[str, Any] | None:
    """The newest checkpoint that can be read; None where there is none.

    Raises:
        RuntimeError: there are checkpoints and none can be read.
    """
    paths = [path for name in CHECKPOINTS if (path := run / name).exists()]
    for path in paths:
        try:
            return dict(torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:  # whatever a file cut short makes of the reader
            print(f"{path} cannot be read ({error})", flush=True)
    if paths:
        raise RuntimeError(f"no checkpoint in {run} can be read: move them away to start again")
    return None


def digest_of(paths: list[Path]) -> str:
    """SHA-256 of the files, one after another."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


class Candidates:
    """The ids a step scores: all that occur in target texts, and others, all or at random.

    Where none of the others are scored, `never` holds them: what is exported must not write them.
    """

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, num_negatives: int) -> None:
        seen = {i for row in corpus.target_ids for i in row}
        real = sorted(seen | {EOS, *corpus.target_leads})
        self.real = torch.tensor(real)
        self.others = torch.tensor(sorted(set(range(vocabulary.num_ids)) - set(real)))
        self.place = torch.zeros(vocabulary.num_ids, dtype=torch.long)
        self.place[self.real] = torch.arange(len(real))
        self.num_negatives = num_negatives
        self.never = self.others[:0] if num_negatives else self.others

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
            languages=options.languages,
            min_weight=options.min_weight,
        )
        data = [options.work / "spm.model", options.work / "pairs.tsv", options.synthetic]
        self.data = digest_of([path for path in data if path]) + f" {options.min_weight:g}"
        self.step = self.seen = self.at = 0
        # Sources are segmented at random from the second pass on; who starts from weights is there.
        self.number = 1 if options.start else 0
        self.spent = 0.0
        self.best = -1.0
        self.earlier = {"step": 0, "seen": 0}  # of the weights that this run started from
        self.stopping = False
        checkpoint = read_checkpoint(options.run)
        if checkpoint is not None:
            self.take_counts(checkpoint)
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
        if checkpoint is None:
            self.initialise()
        self.model = self.model.to(self.device)
        self.run = torch.compile(self.model, dynamic=True) if options.compile else self.model
        named = list(self.model.named_parameters())
        matrices = [p for name, p in named if p.ndim == 2 and "embedding" not in name]
        self.others = [p for name, p in named if p.ndim != 2 or "embedding" in name]
        self.dtype = DTYPES[options.dtype]
        self.muon = Muon(matrices, options.width, self.dtype)
        self.adam = torch.optim.AdamW(
            self.others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )
        self.averages = {
            share: {name: p.detach().clone() for name, p in named} for share in options.average
        }
        self.masks = MaskPool(options.dropout, self.device, self.dtype, options.seed)
        self.began = time.monotonic()
        if checkpoint is not None:
            self.restore(checkpoint)
        self.log = (options.run / "log.jsonl").open("a", encoding="utf-8")

    def initialise(self) -> None:
        """Take over the weights, or the embedding, that the run starts from."""
        options = self.options
        if options.start:
            start = read_start(options.start)
            weights = grown(start["model"], Shape(**start["shape"]), self.shape)
            self.model.load_state_dict(weights)
            self.earlier = {"step": start["step"], "seen": start["seen"]}
        if options.embedding:
            rows = torch.from_numpy(numpy.load(options.embedding))
            self.model.embedding.weight.data.copy_(rows)

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

    def take_counts(self, state: dict[str, Any]) -> None:
        """Take over how far a checkpoint is; with other data, from the start of the next pass."""
        self.step, self.seen = state["step"], state["seen"]
        self.number, self.at = state["pass"], state["at"]
        self.spent, self.best = state["spent"], state["best"]
        self.earlier = state["earlier"]
        if state["data"] != self.data:
            print("the training data have changed: a new pass begins", flush=True)
            self.number, self.at, self.best = self.number + 1, 0, -1.0

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the weights, the optimisers and the random state of a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])
        self.muon.momentum = {tuple(key): value.to(self.device) for key, value in state["muon"]}
        for share in self.averages:
            kept = state["averages"].get(share, state["model"])
            self.averages[share] = {n: value.to(self.device).clone() for n, value in kept.items()}
        self.masks.generator.set_state(state["masks_rng"])
        torch.set_rng_state(state["torch_rng"])

    def meta(self) -> dict[str, object]:
        """What goes with weights: their shape, and steps and tokens since the very first run."""
        return {
            "shape": self.shape.as_dict(),
            "pass": self.number,
            "step": self.step + self.earlier["step"],
            "seen": self.seen + self.earlier["seen"],
            "never": self.candidates.never,
        }

    def save(self) -> None:
        """Write `checkpoint.pt`, the one before it kept."""
        newest, previous = (self.options.run / name for name in CHECKPOINTS)
        if newest.exists():
            previous.unlink(missing_ok=True)
            os.link(newest, previous)
        save(
            newest,
            {
                "model": self.model.state_dict(),
                "shape": self.shape.as_dict(),
                "adam": self.adam.state_dict(),
                "muon": list(self.muon.momentum.items()),
                "averages": self.averages,
                "step": self.step,
                "seen": self.seen,
                "pass": self.number,
                "at": self.at,
                "data": self.data,
                "spent": self.elapsed(),
                "best": self.best,
                "earlier": self.earlier,
                "masks_rng": self.masks.generator.get_state(),
                "torch_rng": torch.get_rng_state(),
            },
        )
        release_memory()
        self.record(step=self.step, saved=newest.name, memory_mb=resident_mb())

    def elapsed(self) -> float:
        """Seconds of training, those before a resumption included."""
        return self.spent + time.monotonic() - self.began

    def record(self, **values: object) -> None:
        now = datetime.now().isoformat(timespec="seconds")
        self.log.write(json.dumps({"time": now, **values}) + "\n")
        self.log.flush()
        print(json.dumps(values), flush=True)

    def swap_average(self, share: float) -> None:
        """Exchange the weights and an average of them."""
        average = self.averages[share]
        for name, parameter in self.model.named_parameters():
            parameter.data, average[name] = average[name], parameter.data

    def check(self) -> None:
        """Record the scores of each average on the validation sets; keep the best as `best.pt`."""
        shares = list(self.averages) if self.step else list(self.averages)[:1]
        for share in shares:
            self.swap_average(share)
            never = self.candidates.never
            scores = validate(self.model, self.vocabulary, self.options, never)
            self.swap_average(share)
            self.record(step=self.step, seen=self.seen, average=share, **scores)
            chrf = [score for name, score in scores.items() if name.startswith("chrf")]
            mean = sum(chrf) / len(chrf)
            if mean > self.best:
                self.best = mean
                kept = {"model": self.averages[share], **self.meta(), "scores": scores}
                save(self.options.run / "best.pt", kept)

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
            self.dtype,
            self.masks.draw(2 * options.encoder_layers + 1, (*source.shape, options.width)),
            self.masks.draw(3 * options.decoder_layers + 1, (*target.shape, options.width)),
        )
        hidden = hidden.flatten(0, 1)[wanted.to(self.device)]
        chosen = self.candidates.draw().to(self.device)
        weight = F.embedding(chosen, self.model.embedding.weight).to(self.dtype)
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
        weights = [p.data for p in self.model.parameters()]
        for share, average in self.averages.items():
            keep = min(share, (self.step + 1) / (self.step + 20))
            torch._foreach_lerp_(list(average.values()), weights, 1 - keep)
        return plain.detach()

    def stop(self, *_: object) -> None:
        """End after the step that is under way, with a checkpoint: the handler of SIGTERM."""
        self.stopping = True

    def at_end(self) -> bool:
        options = self.options
        if options.steps and self.step >= options.steps:
            return True
        return bool(options.end_tokens) and self.seen >= options.end_tokens

    def train(self) -> None:
        """Steps until the run's end or a signal; saves and validates on the way."""
        options = self.options
        batches = self.passes.take()
        self.at = min(self.at, len(batches))
        if not self.step:
            self.check()
            self.save()
        saved = window = time.monotonic()
        losses: list[Tensor] = []
        seen_before = self.seen
        while not self.at_end() and not self.stopping:
            if self.at == len(batches):
                self.number, self.at = self.number + 1, 0
                batches = self.passes.take()
            rate = options.rate * rate_at(self.step, self.seen, options)
            earlier = self.seen
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
            if self.seen // options.validate_tokens > earlier // options.validate_tokens:
                self.check()
                window = time.monotonic()
                losses, seen_before = [], self.seen
            if time.monotonic() - saved > 60 * options.save_minutes:
                self.save()
                saved = time.monotonic()
        self.passes.close()
        if not self.stopping:
            self.check()
        self.save()
        self.record(step=self.step, ended="stopped" if self.stopping else "finished")


def make_parser() -> argparse.ArgumentParser:
    """The options; their defaults are the recipe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    places.add_work(parser)
    add("--run", type=Path, help="folder for checkpoints and log (default: run, below --work)")
    add(
        "--start",
        type=start_of,
        default=places.STARTER,
        help="weights to start from: a folder as restart.py reads it, a best.pt, or `nothing` "
        "(default: %(default)s)",
    )
    add("--steps", type=int, default=0, help="end after so many steps (default: no end)")
    add("--end-tokens", type=int, default=0, help="end after so many target tokens of this run")
    add("--decay-from-tokens", type=int, default=0, help="where the rate begins to fall to zero")
    add("--finish-tokens", type=int, default=0, help="decay from here on, end in so many tokens")
    add("--reverse", action="store_true", help="from English into the other languages")
    add("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    add("--min-weight", type=float, default=0.0, help="1.5: news, health and Wikipedia only")
    add("--synthetic", type=Path, help="more pairs, written by backtranslate.py")
    add("--ahead", type=int, default=0, help="processes that make the next passes: for a GPU")
    add("--width", type=int, default=320)
    add("--heads", type=int, default=5)
    add("--inner", type=int, default=1280)
    add("--encoder-layers", type=int, default=8)
    add("--decoder-layers", type=int, default=2)
    add("--dropout", type=float, default=0.2)
    add("--smoothing", type=float, default=0.1)
    add("--rate", type=float, default=1e-3, help="peak learning rate of both optimisers")
    add("--weight-decay", type=float, default=0.0, help="of the matrices, a share of the rate")
    add("--warmup", type=int, default=100)
    add("--batch-tokens", type=int, default=5000)
    add("--max-tokens", type=int, default=100)
    add("--negatives", type=int, default=0, help="ids scored that no target has, at most")
    add("--dtype", choices=DTYPES, default="bfloat16", help="of what is computed, not of weights")
    add("--sample-share", type=float, default=0.5, help="share of sources segmented at random")
    add("--sample-alpha", type=float, default=0.3)
    add(
        "--average",
        type=float,
        nargs="+",
        default=[0.995, 0.999],
        help="decays of moving averages of the weights; each is validated",
    )
    add("--embedding", type=Path, help="initial embedding, written by lexicon.py")
    add("--seed", type=int, default=20)
    add("--threads", type=int, default=2)
    add("--compile", action="store_true", help="torch.compile: for a GPU")
    add("--validate-tokens", type=int, default=2_000_000, help="target tokens between validations")
    add("--save-minutes", type=float, default=6)
    add("--log-steps", type=int, default=25)
    add("--validation-sentences", type=int, default=200, help="of each language")
    return parser


def start_of(text: str) -> Path | None:
    return None if text == "nothing" else Path(text)


def parse() -> argparse.Namespace:
    """The options: those of this call, else those the run was started with, else the recipe's."""
    parser = make_parser()
    options = parser.parse_args()
    run = options.run or options.work / "run"
    settings = run / "settings.json"
    if settings.exists():
        saved = json.loads(settings.read_text(encoding="utf-8"))
        for name in ("start", "synthetic", "embedding"):
            saved[name] = Path(saved[name]) if saved[name] else None
        parser.set_defaults(**saved)
        options = parser.parse_args()
    options.run = run
    return options


def write_settings(options: argparse.Namespace) -> None:
    """Keep the settings for the call that goes on with the run."""
    kept = {
        name: str(value.resolve()) if isinstance(value, Path) else value
        for name, value in vars(options).items()
        if name not in NOT_KEPT
    }
    part = options.run / "settings.part"
    part.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(options.run / "settings.json")


def main() -> None:
    options = parse()
    options.run.mkdir(parents=True, exist_ok=True)
    try:
        _lock = hold(options.run)
    except AlreadyRunningError as error:
        raise SystemExit(str(error)) from None
    trainer = Trainer(options)
    if options.finish_tokens:
        options.decay_from_tokens = trainer.seen
        options.end_tokens = trainer.seen + options.finish_tokens
    write_settings(options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, trainer.stop)
    parameters = sum(p.numel() for p in trainer.model.parameters())
    print(
        f"{parameters / 1e6:.1f} M parameters, {len(trainer.corpus.sources)} pairs, "
        f"{len(trainer.candidates.real)} target ids, {trainer.device}",
        flush=True,
    )
    trainer.train()


if __name__ == "__main__":
    main()
