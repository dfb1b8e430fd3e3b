"""Times Argos Translate and EasyNMT themselves against seedsum, on the same CTranslate2 model.

    python benchmarks/peers.py [DATA] [--model starter|opus] [--language vi] [--sentences 400]
                               [--rounds 3]

Needs both packages in an environment of their own; README.md beside this has the commands. Models
and sentences are those of speed.py, and so is the table. The packages run as they come, with their
default threads, but for what they would have to download:

- Argos Translate gets its package as a folder made here. Its sentence splitters are models; in
  their place every line, which is one sentence, stays as it is. Its SentencePiece call is replaced
  by seedsum's tokenizer, since the model wants a language token before the text.
- EasyNMT gets an object that translates sentences with CTranslate2, as its `translator`, and a
  `sentence_splitter` that leaves lines as they are. Called for each document, and once with all.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from articles import describe_machine
from seedsum.engines.tokenizers import load_tokenizer
from seedsum.records import Direction, ResolvedModel
from speed import BASE, NUMBERS, Plain, Way, add_options, compare, flat, part, prepare, seedsum_way


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    arguments = parser.parse_args()
    missing = [name for name in ("argostranslate", "easynmt") if not importlib.util.find_spec(name)]
    if missing:
        sys.exit(
            f"{' and '.join(missing)} not installed here: peers.py needs an environment of its own,"
            " see benchmarks/README.md (speed.py does what the packages do without them)"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, direction, documents = prepare(arguments, folder)
        argos = argos_translate(model, direction, folder)
        easynmt = easy_nmt(model, direction)
        argos_name = f"Argos Translate {version('argostranslate')}"
        easynmt_name = f"EasyNMT {version('easynmt')}"
        ways = {
            BASE: seedsum_way(model, direction, documents),
            f"{easynmt_name}, one call a document": Way(
                lambda of: flat([easynmt([document])[0] for document in of]), documents
            ),
            f"{easynmt_name}, one call": Way(lambda of: flat(easynmt(of)), documents),
            argos_name: Way(
                lambda of: flat([argos(document) for document in of]),
                part(documents, NUMBERS[arguments.model].single),
            ),
        }
        print(f"{describe_machine()}\n")
        compare(ways, model, direction, arguments.rounds)


def argos_translate(
    model: ResolvedModel, direction: Direction, folder: Path
) -> Callable[[list[str]], list[str]]:
    """Return Argos Translate's translation of a document, with the model as its only package."""
    tokenizer = load_tokenizer(model)
    assert model.folder is not None
    package = folder / "argos" / "packages" / "translate"
    package.mkdir(parents=True)
    (package / "model").symlink_to(model.folder)
    # Read when a package is loaded; what tokenizes is set below.
    (package / "sentencepiece.model").symlink_to(model.folder / "sentencepiece.bpe.model")
    metadata = {
        "package_version": "1.0",
        "from_code": direction.source,
        "from_name": direction.source,
        "to_code": direction.target,
        "to_name": direction.target,
        "target_prefix": "".join(tokenizer.target_prefix(direction)),
    }
    (package / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    # Its settings make folders in the user's when they are imported.
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = str(folder / "argos")
    os.environ["ARGOS_PACKAGES_DIR"] = str(package.parent)

    from argostranslate import translate

    class Lines:
        def split_sentences(self, text: str) -> list[str]:
            return [text]

    class Tokens:
        def encode(self, sentence: str) -> list[str]:
            return list(tokenizer.encode(sentence, direction))

        def decode(self, tokens: list[str]) -> str:
            return tokenizer.decode(tokens)

    # Below its memory of the last text, which would spare it a paragraph that comes twice.
    translation = translate.get_translation_from_codes(
        direction.source, direction.target
    ).underlying
    translation.sentencizer = Lines()
    translation.pkg.tokenizer = Tokens()

    def run(document: list[str]) -> list[str]:
        text: str = translation.translate("\n".join(document))
        return text.split("\n")

    return run


def easy_nmt(
    model: ResolvedModel, direction: Direction
) -> Callable[[list[list[str]]], list[list[str]]]:
    """Return EasyNMT's translation of documents in one call, with the model as its translator."""
    from easynmt import EasyNMT

    plain = Plain(model, direction)

    class OverCTranslate2:
        def translate_sentences(self, sentences: list[str], **more: Any) -> list[str]:
            return plain.call(sentences, beam_size=more["beam_size"])

    wrapped = EasyNMT(translator=OverCTranslate2())

    def run(documents: list[list[str]]) -> list[list[str]]:
        texts: list[str] = wrapped.translate(
            ["\n".join(document) for document in documents],
            source_lang=direction.source,
            target_lang=direction.target,
            beam_size=model.spec.decoding.beam_size,
            sentence_splitter=lambda text, language: [text],
        )
        return [text.split("\n") for text in texts]

    return run


if __name__ == "__main__":
    main()
