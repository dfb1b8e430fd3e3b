"""Articles for the benchmarks: real ones of the optional data folder, or made up of common words.

Neighbours: every benchmark that runs the whole pipeline reads its input from here.
"""

from __future__ import annotations

import os
import platform
import random
import re
from dataclasses import dataclass
from pathlib import Path

from seedsum.engines.arithmetic import cpu_flags

#: Plain words of news in an order that says nothing: enough for a smoke test, not for a result.
_WORDS = {
    "vi": "trạm y tế mới mở cửa ở xã người dân bác sĩ trẻ em bệnh viện thành phố hôm nay đã được "
    "chính phủ cho biết nhiều năm nước sông mưa lớn đường cầu học sinh trường giá cà phê nông dân",
    "bn": "আজ সকালে ভারী বৃষ্টি হয়েছে এবং অনেক রাস্তা ডুবে গেছে নতুন সেতু নদীর মানুষ সরকার জানিয়েছে "
    "হাসপাতাল শিশু বিদ্যালয় শহরের গ্রামের কৃষক দাম বছর কাজ শুরু",
    "en": "the new health station opened in the town and many people said that the government "
    "will pay for it this year rain water river bridge school children farmers price coffee",
}
_END = {"vi": ".", "bn": "।", "en": "."}


@dataclass(frozen=True, slots=True)
class Article:
    """A news article: its language and its paragraphs, of one sentence or so each."""

    name: str
    language: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The article as a text file has it."""
        return "\n\n".join(self.paragraphs) + "\n"


def read_articles(data: Path | None, num_articles: int, *, whole: bool = False) -> list[Article]:
    """Return that many articles, Vietnamese and Bengali, the longest cut in two where few.

    With `whole` all there are, and none cut. Without a data folder they are made up, of a few
    sentences each.
    """
    if data is None:
        return [
            made_up(f"made-up-{number:05}", ("vi", "bn")[number % 2], seed=number)
            for number in range(num_articles)
        ]
    articles = [
        Article(f"{language}-{path.stem}", language, tuple(path.read_text("utf-8").splitlines()))
        for language in ("bn", "vi")
        for path in sorted((data / "ntrex-dev" / language).glob("*.txt"))
    ]
    articles = [article for article in articles if article.paragraphs]
    if whole:
        return articles
    while len(articles) < num_articles:
        longest = max(articles, key=lambda article: len(article.paragraphs))
        articles.remove(longest)
        half = len(longest.paragraphs) // 2
        articles.append(Article(longest.name + "-a", longest.language, longest.paragraphs[:half]))
        articles.append(Article(longest.name + "-b", longest.language, longest.paragraphs[half:]))
    return sorted(articles, key=lambda article: article.name)[:num_articles]


def made_up(name: str, language: str, *, seed: int, num_paragraphs: int = 6) -> Article:
    """Return an article of made-up sentences; the same for the same arguments."""
    draw = random.Random(seed)
    words = _WORDS[language].split()
    sentences = [
        " ".join(draw.choices(words, k=draw.randint(6, 16))).capitalize()
        + f" {draw.randint(2, 97)}{_END[language]}"
        for _ in range(num_paragraphs)
    ]
    return Article(name, language, tuple(sentences))


def write_articles(articles: list[Article], folder: Path) -> int:
    """Write each article to a text file; return how many bytes that were."""
    folder.mkdir(parents=True, exist_ok=True)
    num_bytes = 0
    for article in articles:
        data = article.text.encode()
        (folder / f"{article.name}.txt").write_bytes(data)
        num_bytes += len(data)
    return num_bytes


def environment(work: Path) -> dict[str, str]:
    """Return the environment for timed processes: byte code is kept, in `work`, as installed."""
    kept = {**os.environ, "PYTHONPYCACHEPREFIX": str(work / "bytecode")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def describe_machine() -> str:
    """Return a line on the machine and the versions, to stand above a table of results."""
    import ctranslate2

    info = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))
    cpu = found[1] if found else platform.machine()
    flags = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if flag in cpu_flags()]
    gigabytes = int(memory[1]) * 1024 / 1e9 if memory else 0
    return (
        f"{len(os.sched_getaffinity(0))} cores of {cpu} ({', '.join(flags)}), {gigabytes:.0f} GB;"
        f" Python {platform.python_version()}, CTranslate2 {ctranslate2.__version__}"
    )
