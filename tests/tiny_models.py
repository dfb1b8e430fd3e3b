"""Tiny sequence-to-sequence models, one for each architecture that the engines read.

Everything is made here, from our own sentences and fixed seeds: a real tokenizer is trained, the
weights are drawn and fitted to the sentences for a second or so (weights that are only random
repeat one token for ever, whatever the input), and the folder looks as a repository on the Hub
does: config.json, generation_config.json, model.safetensors, tokenizer files.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from seedsum.records import DecodingOptions, Direction, ModelSpec, ResolvedModel, TokenizerSpec

#: The variable of the environment that has the folder of the models that are made.
MADE = "SEEDSUM_TINY_MODELS"

VIETNAMESE = (
    "Sáng nay trời mưa to, nhiều con đường trong thành phố bị ngập.",
    "Cô giáo phát cho mỗi em học sinh một quyển vở và hai cây bút chì.",
    "Bệnh viện huyện vừa nhận ba máy siêu âm mới trị giá 1,5 tỷ đồng.",
    "Người nông dân trồng lúa đang lo vì nước mặn vào sâu hơn mọi năm.",
    "Chuyến tàu cuối cùng rời ga lúc 22 giờ 15 phút.",
    "Anh ấy nói: “Chúng tôi sẽ mở cửa lại vào thứ hai tuần sau.”",
    "Các bác sĩ khuyên mọi người rửa tay bằng xà phòng trước khi ăn.",
    "Chợ nổi họp từ khi mặt trời chưa mọc và tan vào giữa trưa.",
    "Đội bóng của trường thắng 3-1 trong trận chung kết hôm thứ bảy.",
    "Giá cà phê giảm nhẹ trong tháng 8, nhưng nông dân vẫn có lãi.",
    "Xin hỏi thư viện ở đâu?",
    "Không.",
    "Hai con mèo ngủ trên mái nhà cũ suốt buổi chiều.",
    "Cây cầu mới dài 640 mét nối hai bờ sông và mở cho xe đạp trước tiên.",
    "Nhà khoa học trẻ nghiên cứu tiếng hót của chim trong rừng ngập mặn.",
    "Mẹ tôi nấu canh chua cá lóc ngon nhất xóm.",
    "Ủy ban cho biết kế hoạch sẽ được trình vào ngày 12/9.",
    "Đường lên núi hẹp, dốc và trơn sau cơn mưa đêm qua.",
)

BENGALI = (
    "আজ সকালে ভারী বৃষ্টি হয়েছে এবং অনেক রাস্তা ডুবে গেছে।",
    "শিক্ষিকা প্রত্যেক ছাত্রকে একটি খাতা ও দুটি পেন্সিল দিলেন।",
    "জেলা হাসপাতাল তিনটি নতুন যন্ত্র পেয়েছে, দাম ১.৫ কোটি টাকা।",
    "ধানচাষিরা চিন্তিত, কারণ লোনা পানি আগের চেয়ে ভেতরে ঢুকছে।",
    "শেষ ট্রেনটি রাত ১০টা ১৫ মিনিটে স্টেশন ছেড়ে যায়।",
    "তিনি বললেন, “আমরা আগামী সোমবার আবার খুলব।”",
    "চিকিৎসকেরা খাওয়ার আগে সাবান দিয়ে হাত ধোয়ার পরামর্শ দেন।",
    "ভাসমান বাজার সূর্য ওঠার আগে বসে এবং দুপুরে শেষ হয়।",
    "বিদ্যালয়ের দল শনিবারের ফাইনালে ৩-১ গোলে জিতেছে।",
    "আগস্ট মাসে কফির দাম সামান্য কমেছে, তবু চাষিদের লাভ আছে।",
    "গ্রন্থাগারটি কোথায়?",
    "না।",
    "দুটি বিড়াল সারা বিকেল পুরোনো বাড়ির ছাদে ঘুমিয়েছিল।",
    "নতুন সেতুটি ৬৪০ মিটার লম্বা এবং নদীর দুই পাড়কে যুক্ত করেছে।",
    "তরুণ বিজ্ঞানী বনের পাখির ডাক নিয়ে গবেষণা করেন।",
    "আমার মা গ্রামের সবচেয়ে ভালো মাছের ঝোল রান্না করেন।",
    "কমিটি জানিয়েছে, পরিকল্পনাটি ১২ সেপ্টেম্বর জমা দেওয়া হবে।",
    "কাল রাতের বৃষ্টির পর পাহাড়ের পথটি সরু, খাড়া ও পিচ্ছিল।",
)

ENGLISH = (
    "It rained hard this morning and many streets in the town were flooded.",
    "The teacher gave each pupil an exercise book and two pencils.",
    "The district hospital has received three new machines worth 1.5 billion dong.",
    "Rice farmers are worried because salt water comes further inland than before.",
    "The last train leaves the station at 22:15.",
    "He said: “We will open again on Monday next week.”",
    "Doctors advise everyone to wash their hands with soap before eating.",
    "The floating market opens before sunrise and ends at noon.",
    "The school team won the final 3-1 on Saturday.",
    "Coffee prices fell slightly in August, but farmers still make a profit.",
    "Where is the library?",
    "No.",
    "Two cats slept on the roof of the old house all afternoon.",
    "The new bridge is 640 metres long and joins the two banks of the river.",
    "The young scientist studies the songs of birds in the mangrove forest.",
    "My mother cooks the best fish soup in the village.",
    "The committee says that the plan will be handed in on 12 September.",
    "The path up the mountain is narrow, steep and slippery after last night's rain.",
)

SENTENCES = VIETNAMESE + BENGALI + ENGLISH

#: Sizes shared by all: small enough to be made and converted in about a second.
_WIDTH = 64
_HEADS = 4
_INNER = 128
_LAYERS = 2
_STEPS = 60
_RATE = 4e-3


def train_sentencepiece(path: Path, sentences: tuple[str, ...], **options: Any) -> None:
    """Write a SentencePiece model trained on the sentences; `options` go to the trainer."""
    import sentencepiece

    model = io.BytesIO()
    settings: dict[str, Any] = {
        "vocab_size": 400,
        "model_type": "unigram",
        "character_coverage": 1.0,
        "hard_vocab_limit": False,
        "num_threads": 1,
        "minloglevel": 2,
    } | options
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, **settings
    )
    path.write_bytes(model.getvalue())


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def _pieces(path: Path) -> list[str]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(i) for i in range(len(processor))]


def _fit_and_save(model: Any, tokenizer: Any, folder: Path, **generation: Any) -> None:
    """Fit the model to our sentences and write weights and configurations.

    `generation` goes into generation_config.json.
    """
    import torch

    model_type = model.config.model_type
    translates = model_type in {"marian", "m2m_100", "mbart"}
    sources = VIETNAMESE if translates else ENGLISH
    halves = tuple(" ".join(text.split()[: len(text.split()) // 2]) for text in ENGLISH)
    targets = ENGLISH if translates else halves
    batch = tokenizer(list(sources), text_target=list(targets), padding=True, return_tensors="pt")
    labels = batch["labels"].masked_fill(batch["labels"] == tokenizer.pad_token_id, -100)
    optimizer = torch.optim.Adam(model.parameters(), lr=_RATE, betas=(0.9, 0.98))
    model.train()
    for _ in range(_STEPS):
        loss = model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels
        ).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    if model_type == "marian":
        # The models on the Hub have a zero vector for padding, which starts their decoder.
        with torch.no_grad():
            model.get_input_embeddings().weight[model.config.pad_token_id] = 0.0
    model.eval()
    model.generation_config.update(**generation)
    model.save_pretrained(folder)


def _transformer_sizes() -> dict[str, Any]:
    return {
        "d_model": _WIDTH,
        "encoder_layers": _LAYERS,
        "decoder_layers": _LAYERS,
        "encoder_attention_heads": _HEADS,
        "decoder_attention_heads": _HEADS,
        "encoder_ffn_dim": _INNER,
        "decoder_ffn_dim": _INNER,
        "max_position_embeddings": 256,
        "dropout": 0.0,
    }


def _marian(folder: Path) -> None:
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    train_sentencepiece(folder / "source.spm", VIETNAMESE + BENGALI, vocab_size=500)
    train_sentencepiece(folder / "target.spm", ENGLISH, vocab_size=250)
    special = {"</s>", "<unk>"}
    pieces = dict.fromkeys(_pieces(folder / "source.spm") + _pieces(folder / "target.spm"))
    tokens = ["</s>", "<unk>", *(p for p in pieces if p not in special | {"<s>"}), "<pad>"]
    _write_json(folder / "vocab.json", {token: i for i, token in enumerate(tokens)})
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "MarianTokenizer",
            "source_lang": "vi",
            "target_lang": "en",
            "model_max_length": 512,
        },
    )
    config = MarianConfig(
        vocab_size=len(tokens),
        activation_function="swish",
        scale_embedding=True,
        static_position_embeddings=True,
        pad_token_id=len(tokens) - 1,
        decoder_start_token_id=len(tokens) - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
        **_transformer_sizes(),
    )
    tokenizer = MarianTokenizer.from_pretrained(folder)
    _fit_and_save(MarianMTModel(config), tokenizer, folder, bad_words_ids=[[len(tokens) - 1]])


def _m2m100(folder: Path) -> None:
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    train_sentencepiece(
        folder / "sentencepiece.bpe.model", SENTENCES, vocab_size=900, byte_fallback=True
    )
    pieces = _pieces(folder / "sentencepiece.bpe.model")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokens = special + [piece for piece in pieces if piece not in special]
    _write_json(folder / "vocab.json", {token: i for i, token in enumerate(tokens)})
    tokenizer = M2M100Tokenizer(
        vocab_file=str(folder / "vocab.json"),
        spm_file=str(folder / "sentencepiece.bpe.model"),
        src_lang="vi",
        tgt_lang="en",
        additional_special_tokens=[f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]],
    )
    tokenizer.save_pretrained(folder)
    config = M2M100Config(
        vocab_size=len(tokens) + 100 + 8,
        scale_embedding=True,
        **_transformer_sizes(),
    )
    _fit_and_save(M2M100ForConditionalGeneration(config), tokenizer, folder)


def _nllb(folder: Path) -> None:
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    train_sentencepiece(
        folder / "sentencepiece.bpe.model", SENTENCES, vocab_size=600, model_type="bpe"
    )
    tokenizer = NllbTokenizer.from_pretrained(
        folder,
        src_lang="vie_Latn",
        tgt_lang="eng_Latn",
        extra_special_tokens=[code for _, code in LANGUAGE_CODES["nllb"]],
    )
    tokenizer.save_pretrained(folder)
    config = M2M100Config(
        vocab_size=len(tokenizer),
        scale_embedding=True,
        activation_function="relu",
        max_length=200,
        tokenizer_class="NllbTokenizer",
        **_transformer_sizes(),
    )
    _fit_and_save(M2M100ForConditionalGeneration(config), tokenizer, folder)


def _mbart(folder: Path) -> None:
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    train_sentencepiece(folder / "sentencepiece.bpe.model", SENTENCES, vocab_size=600)
    tokenizer = MBart50Tokenizer.from_pretrained(
        folder, src_lang="vi_VN", tgt_lang="en_XX", bos_token="<s>"
    )
    tokenizer.save_pretrained(folder)
    config = MBartConfig(
        vocab_size=len(tokenizer),
        scale_embedding=True,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        tokenizer_class="MBart50Tokenizer",
        normalize_before=True,
        **_transformer_sizes(),
    )
    _fit_and_save(MBartForConditionalGeneration(config), tokenizer, folder)


def _bart(folder: Path) -> None:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import BartConfig, BartForConditionalGeneration, BartTokenizer

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        ENGLISH,
        vocab_size=500,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    trained.save_model(str(folder))
    tokenizer = BartTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = BartConfig(
        vocab_size=len(tokenizer),
        forced_bos_token_id=0,
        normalize_before=False,
        **_transformer_sizes(),
    )
    _fit_and_save(
        BartForConditionalGeneration(config),
        tokenizer,
        folder,
        # What the news summary models on the Hub carry, and what must not rule silently.
        max_length=142,
        min_length=56,
        no_repeat_ngram_size=3,
        length_penalty=2.0,
        num_beams=4,
        early_stopping=True,
    )


def _pegasus(folder: Path) -> None:
    from transformers import PegasusConfig, PegasusForConditionalGeneration, PegasusTokenizer

    train_sentencepiece(
        folder / "spiece.model",
        ENGLISH,
        vocab_size=300,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    tokenizer = PegasusTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = PegasusConfig(
        vocab_size=len(tokenizer),
        scale_embedding=True,
        normalize_before=True,
        normalize_embedding=False,
        activation_function="relu",
        **_transformer_sizes(),
    )
    _fit_and_save(PegasusForConditionalGeneration(config), tokenizer, folder)


def _t5(folder: Path, **options: Any) -> None:
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    train_sentencepiece(
        folder / "spiece.model",
        ENGLISH,
        vocab_size=300,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    tokenizer = T5Tokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=_WIDTH,
        d_kv=_WIDTH // _HEADS,
        d_ff=_INNER,
        num_layers=_LAYERS,
        num_heads=_HEADS,
        dropout_rate=0.0,
        decoder_start_token_id=0,
        **options,
    )
    _fit_and_save(T5ForConditionalGeneration(config), tokenizer, folder)


def _t5_v1_0(folder: Path) -> None:
    _t5(folder, feed_forward_proj="relu", tie_word_embeddings=True)


def _t5_v1_1(folder: Path) -> None:
    _t5(folder, feed_forward_proj="gated-gelu", tie_word_embeddings=False)


_BUILDERS: dict[str, Callable[[Path], None]] = {
    "marian": _marian,
    "m2m100": _m2m100,
    "nllb": _nllb,
    "mbart": _mbart,
    "bart": _bart,
    "pegasus": _pegasus,
    "t5": _t5_v1_0,
    "t5-v1.1": _t5_v1_1,
}

ARCHITECTURES = tuple(_BUILDERS)

#: The language tokens that a many-language model wants.
LANGUAGE_CODES: dict[str, tuple[tuple[str, str], ...]] = {
    "m2m100": (("vi", "__vi__"), ("bn", "__bn__"), ("en", "__en__")),
    "nllb": (("vi", "vie_Latn"), ("bn", "ben_Beng"), ("en", "eng_Latn")),
    "mbart": (("vi", "vi_VN"), ("bn", "bn_IN"), ("en", "en_XX")),
}


def build_tiny(architecture: str, folder: Path) -> Path:
    """Write a tiny model of the architecture, always the same one, and return the folder.

    It is made once for all tests that go on at the same time, where `MADE` says where they have it.
    """
    import shutil

    if not (shelf := os.environ.get(MADE)):
        return _built(architecture, folder)
    made = Path(shelf) / architecture
    if not made.is_dir():
        new = _built(architecture, made.with_name(f"{architecture}.{os.getpid()}"))
        with suppress(OSError):  # another was quicker
            new.rename(made)
    return Path(shutil.copytree(made, folder, dirs_exist_ok=True))


def _built(architecture: str, folder: Path) -> Path:
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more only spin on matrices this small
    with torch.random.fork_rng():
        torch.manual_seed(7)
        _BUILDERS[architecture](folder)
    torch.set_num_threads(num_threads)
    return folder


def convert_tiny(folder: Path, target: Path) -> Path:
    """Write the CTranslate2 (float32) form of a tiny model with its tokenizer files beside it."""
    import shutil

    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(folder)).convert(str(target))
    for file in sorted(folder.iterdir()):
        if file.name not in {"config.json", "generation_config.json"} and not file.name.endswith(
            ".safetensors"
        ):
            shutil.copyfile(file, target / file.name)
    return target


def tiny_model(
    architecture: str,
    folder: Path,
    engine: str,
    *,
    compute_type: str = "float32",
    tokenizer: TokenizerSpec | None = None,
    max_source_tokens: int = 200,
) -> ResolvedModel:
    """Return the record with which an engine loads the folder."""
    return ResolvedModel(
        spec=ModelSpec(
            name=f"tiny-{architecture}",
            engine=engine,
            licence="Apache-2.0",
            folder=str(folder),
            format=engine,
            tokenizer=tokenizer or TokenizerSpec(kind="transformers", normalization="none"),
            language_codes=LANGUAGE_CODES.get(architecture, ()),
            compute_type=compute_type,
            max_source_tokens=max_source_tokens,
            decoding=DecodingOptions(beam_size=1),
        ),
        folder=folder,
        revision="local",
        weights_sha256="0" * 64,
    )


def tiny_texts(architecture: str) -> tuple[tuple[str, ...], Direction | None]:
    """Return sentences that the model's tokenizer knows, and their direction."""
    if architecture in LANGUAGE_CODES or architecture == "marian":
        return VIETNAMESE, Direction("vi", "en")
    return ENGLISH, None
