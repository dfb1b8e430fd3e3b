"""Seven repositories as they are on the Hub, with tiny weights: names of files, and where each is.

Source: their listings as public material has them (model pages, issues); nothing was downloaded.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hub_server import HubServer
from tiny_models import build_tiny

if TYPE_CHECKING:
    from torch import Tensor

Files = dict[str, bytes]

TITLE = "Adding `safetensors` variant of this model"
BOT = "SFconvertbot"

#: A file that would run code if it were loaded, and tells of whose weights it is.
PICKLE = b"\x80\x04\x95 weights of "

QUICK_VI, QUICK_BN = "quickmt/quickmt-vi-en", "quickmt/quickmt-bn-en"
BART, DISTILBART = "facebook/bart-large-cnn", "sshleifer/distilbart-cnn-12-6"
M2M100 = "facebook/m2m100_418M"
NLLB, NLLB_CT2 = "facebook/nllb-200-distilled-1.3B", "OpenNMT/nllb-200-distilled-1.3B-ct2-int8"

CONFIG = f"""
default_profile = "default"
[profiles.default]
summary = "bart-large-cnn"
routes = {{ "vi->en" = "quickmt-vi-en", "bn->en" = "quickmt-bn-en" }}
[profiles.best]
routes = {{ "vi->en" = "quickmt-vi-en", "bn->en" = "nllb-ct2" }}
[profiles.m2m100]
summary = "distilbart-cnn-12-6"
routes = {{ "vi->en" = "m2m100", "bn->en" = "m2m100" }}
[profiles.nllb]
routes = {{ "vi->en" = "nllb", "bn->en" = "nllb" }}
[profiles.starter]
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.quickmt-vi-en]
engine = "ctranslate2"
format = "ctranslate2"
repository = "{QUICK_VI}"
licence = "CC-BY-4.0"
decoding = {{ max_target_tokens = 40 }}
tokenizer.kind = "sentencepiece"
tokenizer.source_model = "src.spm.model"
tokenizer.target_model = "tgt.spm.model"
[models.quickmt-bn-en]
engine = "ctranslate2"
format = "ctranslate2"
repository = "{QUICK_BN}"
licence = "CC-BY-4.0"
decoding = {{ max_target_tokens = 40 }}
tokenizer.kind = "sentencepiece"
tokenizer.source_model = "src.spm.model"
tokenizer.target_model = "tgt.spm.model"
[models.bart-large-cnn]
engine = "ctranslate2"
repository = "{BART}"
licence = "MIT"
max_source_tokens = 200
decoding = {{ max_target_tokens = 40 }}
[models."distilbart-cnn-12-6"]
engine = "ctranslate2"
repository = "{DISTILBART}"
licence = "Apache-2.0"
max_source_tokens = 200
decoding = {{ max_target_tokens = 40 }}
[models.m2m100]
engine = "ctranslate2"
repository = "{M2M100}"
licence = "MIT"
language_codes = {{ vi = "__vi__", bn = "__bn__", en = "__en__" }}
decoding = {{ max_target_tokens = 40 }}
[models.nllb]
engine = "ctranslate2"
repository = "{NLLB}"
licence = "CC-BY-NC-4.0"
non_commercial = true
language_codes = {{ vi = "vie_Latn", bn = "ben_Beng", en = "eng_Latn" }}
[models.nllb-ct2]
engine = "ctranslate2"
format = "ctranslate2"
repository = "{NLLB_CT2}"
licence = "CC-BY-NC-4.0"
non_commercial = true
language_codes = {{ vi = "vie_Latn", bn = "ben_Beng", en = "eng_Latn" }}
decoding = {{ max_target_tokens = 40 }}
"""


class Shelf:
    """Tiny models, each made once."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def files(self, architecture: str) -> Files:
        """Return the files of a tiny model as `save_pretrained` leaves them."""
        folder = self._base / architecture
        if not folder.is_dir():
            build_tiny(architecture, folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def converted(self, architecture: str) -> Files:
        """Return its form for CTranslate2 in int8, without the tokenizer's files."""
        from ctranslate2.converters import TransformersConverter

        self.files(architecture)
        target = self._base / f"{architecture}-ct2"
        if not target.is_dir():
            converter = TransformersConverter(str(self._base / architecture))
            converter.convert(str(target), quantization="int8")
        return {path.name: path.read_bytes() for path in sorted(target.iterdir())}

    def changed(self, architecture: str, change: Callable[[dict[str, Tensor]], None]) -> bytes:
        """Return the safetensors of a tiny model after a change of its tensors."""
        from safetensors.torch import load, save

        tensors = load(self.files(architecture)["model.safetensors"])
        change(tensors)
        return save(tensors, metadata={"format": "pt"})

    def in_shards(self, architecture: str) -> Files:
        """Return the weights in two files with an index, as large models have it."""
        from safetensors.torch import load, save

        tensors = load(self.files(architecture)["model.safetensors"])
        names = sorted(tensors)
        files: Files = {}
        places: dict[str, str] = {}
        for number, part in enumerate((names[::2], names[1::2]), 1):
            name = f"model-0000{number}-of-00002.safetensors"
            files[name] = save({key: tensors[key] for key in part}, metadata={"format": "pt"})
            places |= dict.fromkeys(part, name)
        index = {"metadata": {"total_size": 1}, "weight_map": places}
        return files | {"model.safetensors.index.json": json.dumps(index).encode()}


def quickmt(shelf: Shelf) -> Files:
    """CTranslate2's form, with what it was made from beside it, which is not fetched."""
    made, original = shelf.converted("marian"), shelf.files("marian")
    return {
        ".gitattributes": b"*.bin filter=lfs\n",
        "README.md": b"---\nlicense: cc-by-4.0\n---\n# quickmt\n",
        "config.json": made["config.json"],
        "eole-config.yaml": b"# training\n",
        "eole-model/config.json": b"{}",
        "eole-model/model.00.safetensors": b"not needed",
        "eole-model/vocab.json": b"{}",
        "model.bin": made["model.bin"],
        "source_vocabulary.json": made["shared_vocabulary.json"],
        "src.spm.model": original["source.spm"],
        "target_vocabulary.json": made["shared_vocabulary.json"],
        "tgt.spm.model": original["target.spm"],
    }


def bart_large_cnn(shelf: Shelf) -> Files:
    """Safetensors beside four other forms; no tokenizer_config.json, no special_tokens_map.json."""
    files = shelf.files("bart")
    kept = (
        "config.json",
        "generation_config.json",
        "merges.txt",
        "model.safetensors",
        "vocab.json",
    )
    return {
        ".gitattributes": b"*.bin filter=lfs\n",
        "README.md": b"---\nlicense: mit\n---\n",
        "flax_model.msgpack": b"\x81",
        "generation_config_for_summarization.json": b"{}",
        "pytorch_model.bin": PICKLE + b"bart",
        "rust_model.ot": b"PK\x03\x04",
        "tf_model.h5": b"\x89HDF",
    } | {name: files[name] for name in kept}


def distilbart(shelf: Shelf) -> Files:
    """Pickles only; what its conversions have is `with_safetensors`."""
    files = shelf.files("bart")
    return {
        ".gitattributes": b"*.bin filter=lfs\n",
        "README.md": b"---\nlicense: apache-2.0\n---\n",
        "config.json": files["config.json"],
        "flax_model.msgpack": b"\x81",
        "merges.txt": files["merges.txt"],
        "pytorch_model.bin": PICKLE + b"distilbart",
        "rust_model.ot": b"PK\x03\x04",
        "tokenizer_config.json": b'{"model_max_length": 1024}',
        "vocab.json": files["vocab.json"],
    }


def m2m100(shelf: Shelf) -> Files:
    """Pickles only, a tokenizer in four files."""
    files = shelf.files("m2m100")
    kept = ("config.json", "generation_config.json", "vocab.json", "sentencepiece.bpe.model")
    return {
        ".gitattributes": b"*.bin filter=lfs\n",
        "README.md": b"---\nlicense: mit\n---\n",
        "pytorch_model.bin": PICKLE + b"m2m100",
        "rust_model.ot": b"PK\x03\x04",
        "special_tokens_map.json": b"{}",
        "tokenizer_config.json": files["tokenizer_config.json"],
    } | {name: files[name] for name in kept}


def nllb(shelf: Shelf) -> Files:
    """Pickles only, and no conversion."""
    files = shelf.files("nllb")
    return {
        "README.md": b"---\nlicense: cc-by-nc-4.0\n---\n",
        "config.json": files["config.json"],
        "generation_config.json": files["generation_config.json"],
        "pytorch_model.bin": PICKLE + b"nllb",
        "sentencepiece.bpe.model": files["sentencepiece.bpe.model"],
        "tokenizer.json": files["tokenizer.json"],
        "tokenizer_config.json": files["tokenizer_config.json"],
    }


def nllb_ct2(shelf: Shelf) -> Files:
    """CTranslate2's form in int8 with the tokenizer's files, and an editor's folder."""
    made, original = shelf.converted("nllb"), shelf.files("nllb")
    kept = ("sentencepiece.bpe.model", "tokenizer.json", "tokenizer_config.json")
    return {
        ".gitattributes": b"*.bin filter=lfs\n",
        ".ipynb_checkpoints/config-checkpoint.json": b"{}",
        "README.md": b"---\nlicense: cc-by-nc-4.0\n---\n",
        "config.json": made["config.json"],
        "model.bin": made["model.bin"],
        "shared_vocabulary.json": made["shared_vocabulary.json"],
    } | {name: original[name] for name in kept if name in original}


def with_safetensors(server: HubServer, name: str, requests: dict[int, Files]) -> None:
    """Offer files in pull requests of the bot: what main has, and these."""
    main = server.repositories[name].revisions["main"].files
    for number, files in requests.items():
        server.add(name, main | files, revision=f"refs/pr/{number}")
    offered = tuple((number, BOT, TITLE) for number in requests)
    server.repositories[name].pull_requests = offered


def fill(server: HubServer, shelf: Shelf) -> None:
    """Put the seven on the server."""
    server.add(QUICK_VI, quickmt(shelf))
    server.add(QUICK_BN, quickmt(shelf) | {"README.md": b"# quickmt bn\n"})
    server.add(BART, bart_large_cnn(shelf))
    server.add(DISTILBART, distilbart(shelf))
    sound = {"model.safetensors": shelf.files("bart")["model.safetensors"]}
    with_safetensors(server, DISTILBART, {13: sound, 18: sound})
    server.add(M2M100, m2m100(shelf))
    weights = shelf.files("m2m100")["model.safetensors"]
    # The older one was made before the tokenizer was put right.
    stale = {"model.safetensors": weights, "tokenizer_config.json": b"{}"}
    with_safetensors(server, M2M100, {8: stale, 19: {"model.safetensors": weights}})
    server.add(NLLB, nllb(shelf))
    server.add(NLLB_CT2, nllb_ct2(shelf))


def copy_tree(source: Path, target: Path) -> Path:
    """Return a copy of a folder, as it is carried to another machine."""
    shutil.copytree(source, target)
    return target
