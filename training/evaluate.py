"""BLEU and chrF of an exported model, and its model card.

Last step of the recipe: translates the validation sentences with CTranslate2 and prints a table.
`--set ntrex-dev` takes the 957 sentences of NTREX-128 instead, once, at the very end; with `--card`
it also writes the figures to `card.json` and `CARD.md`.

    python training/evaluate.py --model ~/.cache/seedsum-training/export
    python training/evaluate.py --model src/seedsum/starter --set ntrex-dev --card
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import ctranslate2
import sacrebleu
import sentencepiece

import places
from data_sets import ENGLISH, ENTRIES, SENTENCES, DataSet
from prepare import VALIDATION
from word_faults import WordFaults, word_faults

LANGUAGES = ("vi", "bn")
NAMES = {"vi": "Vietnamese", "bn": "Bengali"}
MAX_TARGET_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Score:
    """Corpus scores of one language pair, each with the signature of its metric."""

    language: str
    num_sentences: int
    bleu: float
    bleu_signature: str
    chrf: float
    chrf_signature: str
    tokens_per_second: float
    faults: WordFaults


def read_documents(folder: Path) -> list[str]:
    """All sentences of the documents of `folder`, documents sorted by name."""
    files = sorted(folder.glob("*.txt"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def read_set(name: str, language: str) -> tuple[list[str], list[str]]:
    """The sources and the references of a set, line by line."""
    data = places.SHARED / "data" / name
    if name == "ntrex-dev":
        return read_documents(data / language), read_documents(data / "en")
    source, target = VALIDATION[language]
    return (
        (data / source).read_text(encoding="utf-8").splitlines(),
        (data / target).read_text(encoding="utf-8").splitlines(),
    )


class Starter:
    """The exported model, as CTranslate2 reads it."""

    def __init__(self, model: Path, compute_type: str, threads: int) -> None:
        self.pieces = sentencepiece.SentencePieceProcessor(
            model_file=str(model / "ct2" / "sentencepiece.bpe.model")
        )
        self.engine = ctranslate2.Translator(
            str(model / "ct2"), compute_type=compute_type, intra_threads=threads
        )

    def translate(
        self, texts: list[str], language: str, options: argparse.Namespace
    ) -> list[list[str]]:
        """The best hypothesis of each text, as tokens without the language token."""
        sources = [
            [f"__{language}__", *pieces, "</s>"]
            for pieces in self.pieces.encode(texts, out_type=str)
        ]
        results = self.engine.translate_batch(
            sources,
            target_prefix=[["__en__"]] * len(sources),
            beam_size=options.beam,
            length_penalty=options.length_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram,
            repetition_penalty=options.repetition_penalty,
            max_batch_size=2048,
            batch_type="tokens",
            max_input_length=0,
            max_decoding_length=MAX_TARGET_TOKENS,
            disable_unk=True,
        )
        return [result.hypotheses[0][1:] for result in results]


def evaluate(starter: Starter, language: str, options: argparse.Namespace) -> Score:
    sources, references = (side[: options.sentences] for side in read_set(options.set, language))
    start = time.perf_counter()
    hypotheses = starter.translate(sources, language, options)
    seconds = time.perf_counter() - start
    texts = [starter.pieces.decode(tokens) for tokens in hypotheses]
    if options.outputs:
        options.outputs.mkdir(parents=True, exist_ok=True)
        (options.outputs / f"{language}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    bleu, chrf = sacrebleu.BLEU(), sacrebleu.CHRF()
    bleu_score = bleu.corpus_score(texts, [references]).score
    chrf_score = chrf.corpus_score(texts, [references]).score
    return Score(
        language=language,
        num_sentences=len(texts),
        bleu=round(bleu_score, 1),
        bleu_signature=str(bleu.get_signature()),
        chrf=round(chrf_score, 1),
        chrf_signature=str(chrf.get_signature()),
        tokens_per_second=round(sum(map(len, hypotheses)) / seconds, 1),
        faults=word_faults(sources, references, texts, language),
    )


def table_of(scores: list[Score]) -> str:
    """The scores as a Markdown table."""
    rows = [
        "| direction | sentences | BLEU | chrF "
        "| names recognisable | land from nowhere | left in script |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for score in scores:
        faults = score.faults
        rows.append(
            f"| {NAMES[score.language]} to English | {score.num_sentences} "
            f"| {score.bleu:.1f} | {score.chrf:.1f} "
            f"| {faults.recognisable_names:.0%} of {faults.num_names:,} "
            f"| {faults.invented_lands:.1%} | {faults.left_in_script:.1%} |"
        )
    return "\n".join(rows)


def sources_table() -> str:
    """Every data set that ships, as a Markdown table; one in both languages has one row."""
    rows: dict[tuple[str, str], set[str]] = {}
    for known in (*SENTENCES, *ENTRIES):
        if ships(known):
            rows.setdefault((known.title, known.licence), set()).add(known.language)
    lines = ["| data set | language | licence |", "|---|---|---|"]
    for (title, licence), languages in rows.items():
        lines.append(f"| {title} | {', '.join(sorted(languages, reverse=True))} | {licence} |")
    return "\n".join(lines)


def english_note(*, back_translated: bool) -> str:
    """Which English sentences without a source were used, and under what licence."""
    if not back_translated:
        return "No English sentences but those of the pairs were used."
    used = "; ".join(f"{known.title}, {known.licence}" for known in ENGLISH if ships(known))
    return (
        "English sentences with a source that a model wrote were used as well, some of unclear "
        f"licence: {used}."
    )


def ships(known: DataSet) -> bool:
    return known.ships and known.weight > 0


def write_card(model: Path, scores: list[Score], options: argparse.Namespace) -> None:
    """Put the scores into `card.json`, and write `CARD.md` from it and the template."""
    path = model / "card.json"
    card = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    decoding = f"beam {options.beam}, length penalty {options.length_penalty}"
    if options.repetition_penalty != 1:
        decoding += f", repetition penalty {options.repetition_penalty}"
    if options.no_repeat_ngram:
        decoding += f", no repeated {options.no_repeat_ngram}-gram"
    card["evaluation"] = {
        "test_set": "NTREX-128, the 957 sentences of ntrex-dev",
        "engine": f"CTranslate2 {ctranslate2.__version__}, {options.compute_type}, {decoding}",
        "bleu_signature": scores[0].bleu_signature,
        "chrf_signature": scores[0].chrf_signature,
        "scores": {score.language: {"bleu": score.bleu, "chrf": score.chrf} for score in scores},
    }
    path.write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shape, training, data = card["shape"], card["training"], card["data"]
    template = (Path(__file__).parent / "card.template.md").read_text(encoding="utf-8")
    text = template.format(
        table=table_of(scores),
        engine=card["evaluation"]["engine"],
        bleu_signature=scores[0].bleu_signature,
        chrf_signature=scores[0].chrf_signature,
        steps=f"{training['steps']:,}",
        tokens=f"{training['target_tokens'] / 1e6:.1f}",
        human_pairs=f"{data['human_pairs']:,}",
        made_pairs=f"{data['made_pairs']:,}",
        sources=sources_table(),
        english=english_note(back_translated=data["back_translated"]),
        **shape,
    )
    (model / "CARD.md").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder written by export.py")
    parser.add_argument("--set", choices=("validation", "ntrex-dev"), default="validation")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--length-penalty", type=float, default=1.4)
    parser.add_argument("--no-repeat-ngram", type=int, default=0, help="0 allows every repetition")
    parser.add_argument("--repetition-penalty", type=float, default=1.0, help="1 is off")
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sentences", type=int, help="only the first sentences of each language")
    parser.add_argument("--outputs", type=Path, help="folder to write the translations to")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--card", action="store_true", help="update the card beside the model")
    options = parser.parse_args()
    if options.card and (options.sentences or options.set != "ntrex-dev"):
        parser.error("--card wants all sentences of ntrex-dev")
    starter = Starter(options.model, options.compute_type, options.threads)
    scores = [evaluate(starter, language, options) for language in LANGUAGES]
    if options.json:
        print(json.dumps([asdict(score) for score in scores], indent=2))
    else:
        print(table_of(scores))
        print(f"\nBLEU {scores[0].bleu_signature}\nchrF {scores[0].chrf_signature}")
    if options.card:
        write_card(options.model, scores, options)


if __name__ == "__main__":
    main()
