"""The command line on real files and the bundled models: results, exit codes, streams."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = """A clinic opens in Northfield

A new clinic opened in Northfield on Monday. It serves 4,000 people in three villages.

The clinic has two doctors and five nurses. Before, patients travelled 40 km to a hospital.

The regional office paid for the building. A second clinic is planned for 2027.
"""


def seedsum(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", expect: int | None = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "seedsum", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
    )
    text = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )
    if expect is not None:
        assert text.returncode == expect, f"{text.args}\n{text.stdout}\n{text.stderr}"
    return text


def run(folder: Path, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return seedsum(
        "run", "in", "--profile", "starter", "--offline", *arguments, cwd=folder, **options
    )


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "en.txt").write_text(ENGLISH, encoding="utf-8")
    return tmp_path


def test_help_says_where_to_start() -> None:
    done = seedsum("--help", cwd=ROOT)
    for word in ("run", "status", "detect", "models", "seedsum run input/", "Exit codes"):
        assert word in done.stdout


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", "run", "detect", "models", "models list", "doctor"])
def test_every_command_has_help(command: str, option: str) -> None:
    assert "Usage" in seedsum(*command.split(), option, cwd=ROOT).stdout


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("doctor", "Exits as a run would that needs every model of the profile: 0, 8"),
        ("prune", "of how many articles PATHS hold, for the notice that an input has shrunk."),
        ("models show", ""),
        ("eval compare", ""),
    ],
)
def test_help_breaks_lines_at_the_margin_alone(
    command: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = seedsum(*command.split(), "--help", cwd=ROOT).stdout
    prose = text[: text.index("╭")].splitlines()
    for line, following in itertools.pairwise(prose):
        word = following.split()[:1]
        if line.strip() and word:
            assert len(f"{line.rstrip()} {word[0]}") > 79
    assert sentence in " ".join(text.split())


def test_retry_says_that_nothing_has_failed(project: Path) -> None:
    run(project)
    assert "no article has failed" in seedsum("retry", cwd=project).stderr


def test_models_alone_lists_them_as_printed_at_80_columns(project: Path) -> None:
    (project / "models.toml").write_bytes((ROOT / "models.toml").read_bytes())
    alone = seedsum("models", cwd=project).stdout
    assert alone == seedsum("models", "list", cwd=project).stdout
    lines = [line for line in alone.splitlines() if not line.startswith("models.toml")]
    assert max(map(len, lines)) <= 80
    (default,) = [line for line in lines if line.startswith("default *")]
    assert "vi->en quickmt-vi-en" in default and "bart-large-cnn" in default
    (bart,) = [line for line in lines if line.startswith("bart-large-cnn ")]
    assert bart.split()[1:6] == ["summary", "1.6", "GB", "~2.0", "GB"]
    assert bart.endswith("missing") and " MIT " in bart
    known = json.loads(seedsum("models", "list", "--json", cwd=project).stdout)
    assert [one["name"] for one in known["profiles"] if one["is_default"]] == ["default"]
    shown = seedsum("models", "show", "nllb-200-1.3B", cwd=project).stdout
    assert "NOT FOR COMMERCIAL USE" in shown and "OpenNMT/" in shown
    wrong = seedsum("models", "show", "nllb", cwd=project, expect=4)
    assert "did you mean" in wrong.stderr or "known:" in wrong.stderr


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_printed(option: str) -> None:
    from seedsum import __version__

    assert seedsum(option, cwd=ROOT).stdout == f"seedsum {__version__}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("--max-memory", "2"), "--memory-limit"),
        (("--max-memory=2",), "--memory-limit"),
        (("--no-memory",), "--no-cache"),
        (("--profile-run",), "--timings"),
    ],
)
def test_an_old_spelling_is_refused_with_the_new_one_named(
    project: Path, old: tuple[str, ...], new: str
) -> None:
    done = run(project, *old, expect=2)
    assert done.stderr == f"seedsum: error: {old[0].partition('=')[0]} is now called {new}\n"
    assert not (project / "output").exists()


def test_the_output_is_named_by_an_argument_or_an_option(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    for arguments in ((), ("output",), ("-o", "output"), ("output", "--output", "output")):
        done = seedsum("verify", *arguments, cwd=tmp_path)
        assert "checked no pairs: no differences" in done.stderr, done.stderr
    for command in ("verify", "review"):
        done = seedsum(command, "output", "-o", "elsewhere", cwd=tmp_path, expect=2)
        assert "output and --output elsewhere; name one" in done.stderr
        done = seedsum(command, "-o", "elsewhere", cwd=tmp_path, expect=2)
        assert "elsewhere: there is no such folder" in done.stderr, done.stderr


def test_shell_completion_is_offered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seedsum"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "_SEEDSUM_COMPLETE": "complete_bash",
            "COMP_WORDS": "seedsum ru",
            "COMP_CWORD": "1",
        },
    )
    assert "run" in done.stdout.split()


def test_the_sample_articles_become_six_pairs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "input", tmp_path / "in")
    run(tmp_path)
    output = tmp_path / "output"
    records = sorted(output.rglob("*.record.json"))
    assert len(records) == 6
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert record["status"] in ("clean", "review"), record["source"]
        assert record["summary"]["sentences"]
        for kind in ("translation", "summary"):
            assert (path.parent / record["files"][kind]["path"]).is_file()
    by_language = [json.loads(p.read_text(encoding="utf-8"))["source"]["language"] for p in records]
    assert sorted(by_language) == ["bn", "bn", "en", "vi", "vi", "vi"]
    assert "vi-page.html" in (output / "index.md").read_text(encoding="utf-8")


def test_every_segment_of_a_run_is_in_its_record(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "input", tmp_path / "in")
    run(tmp_path)
    for path in (tmp_path / "output").rglob("*.record.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        blocks = {block["id"]: block for block in record["blocks"]}
        covered = {segment["block"] for segment in record["segments"]}
        assert covered == set(blocks)
        assert [s["id"] for s in record["segments"]] == [
            f"s{number}" for number in range(1, len(record["segments"]) + 1)
        ]
        assert all(s["fate"] in ("translated", "kept", "passed") for s in record["segments"])


def test_a_second_run_says_nothing_to_do_and_changes_no_file(project: Path) -> None:
    run(project)
    before = tree(project / "output")
    done = run(project)
    assert done.stderr.strip() == "seedsum: nothing to do (1 current)"
    after = tree(project / "output")
    assert {name for name in after if after[name] != before[name]} <= {".seedsum/last-run.json"}
    assert after.keys() == before.keys()


def test_a_changed_source_redoes_only_its_pair(project: Path) -> None:
    (project / "in" / "b.txt").write_text(ENGLISH.replace("Northfield", "Westby"), encoding="utf-8")
    run(project)
    before = tree(project / "output")
    (project / "in" / "b.txt").write_text(ENGLISH.replace("Northfield", "Easton"), encoding="utf-8")
    report = json.loads(run(project, "--json").stdout)
    assert {o["name"]: o["reasons"] for o in report["outcomes"]} == {
        "b.txt": ["source-changed"],
        "en.txt": ["current"],
    }
    after = tree(project / "output")
    assert after["en.txt.record.json"] == before["en.txt.record.json"]
    assert "Easton" in (project / "output" / "b.txt.translation.md").read_text(encoding="utf-8")


def test_a_changed_option_redoes_with_the_reason(project: Path) -> None:
    run(project)
    config = (ROOT / "models.toml").read_text(encoding="utf-8")
    (project / "models.toml").write_text(
        config + "\n[summary]\nmax_sentences = 4\n", encoding="utf-8"
    )
    report = json.loads(run(project, "--dry-run", "--json").stdout)
    assert report["tasks"] == [
        {"name": "en.txt", "action": "write", "reasons": ["options-changed"]}
    ]


def test_what_a_person_wrote_into_a_file_is_never_lost(project: Path) -> None:
    run(project)
    edited = project / "output" / "en.txt.summary.md"
    edited.write_text(edited.read_text(encoding="utf-8") + "\nMy note.\n", encoding="utf-8")
    assert "is kept beside the pair" in run(project, "--dry-run").stdout
    done = run(project, "--force")
    assert "1 edited file is kept beside its pair" in done.stderr
    kept = project / "output" / "en.txt.summary.edited.md"
    assert kept.read_text(encoding="utf-8").endswith("My note.\n")


def test_a_source_that_is_gone_is_reported_and_its_pair_is_left(project: Path) -> None:
    (project / "in" / "b.txt").write_text(ENGLISH, encoding="utf-8")
    run(project)
    (project / "in" / "b.txt").unlink()
    assert "1 orphaned" in run(project).stderr
    assert (project / "output" / "b.txt.translation.md").is_file()


def test_limit_and_dry_run(project: Path) -> None:
    for name in ("a", "b", "c"):
        (project / "in" / f"{name}.txt").write_text(ENGLISH, encoding="utf-8")
    assert "4 to do" in run(project, "--dry-run").stdout
    assert not (project / "output").exists()
    run(project, "--limit", "2")
    assert len(list((project / "output").glob("*.record.json"))) == 2
    assert "2 to do, 2 current" in run(project, "--dry-run").stdout


def test_one_article_from_standard_input(project: Path) -> None:
    seedsum("run", "-", "--profile", "starter", "--offline", cwd=project, stdin=ENGLISH.encode())
    assert (project / "output" / "stdin.txt.translation.md").is_file()


def test_standard_input_without_end_is_refused_in_bounded_memory(project: Path) -> None:
    endless = subprocess.Popen(["yes", "A new clinic opened."], stdout=subprocess.PIPE)
    with endless:
        done = subprocess.run(
            [sys.executable, "-m", "seedsum", "run", "-", "--profile", "starter", "--offline"],
            cwd=project,
            stdin=endless.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
        endless.kill()
    assert done.returncode == 3 and "more than the limit" in done.stderr


def test_json_is_one_document_and_talk_goes_to_standard_error(project: Path) -> None:
    done = run(project, "--json")
    report = json.loads(done.stdout)
    assert report["exit_code"] == 0 and report["profile"] == "starter"
    assert report["outcomes"][0]["status"] == "clean"
    assert "seedsum:" in done.stderr


def test_status_says_what_would_be_done_and_what_needs_review(project: Path) -> None:
    arguments = ("status", "in", "--profile", "starter")
    assert "write: en.txt: new" in seedsum(*arguments, cwd=project).stdout
    run(project)
    assert "0 to do, 1 current" in seedsum(*arguments, cwd=project).stdout
    report = json.loads(seedsum(*arguments, "--json", cwd=project).stdout)
    assert report["tasks"][0]["reasons"] == ["current"]


def test_detect_shows_blocks_as_table_and_json(project: Path) -> None:
    page = ROOT / "input" / "community" / "vi-page.html"
    table = seedsum("detect", page, cwd=project).stdout
    assert "related" in table and "caption" in table
    documents = json.loads(seedsum("detect", page, "--json", cwd=project).stdout)
    roles = {block["role"] for block in documents[0]["blocks"]}
    assert {"title", "body", "caption", "related"} <= roles


def test_eval_scores_a_route_and_a_summariser(tmp_path: Path) -> None:
    (tmp_path / "vi.txt").write_text("Tôi yêu bạn.\nTrời hôm nay có 3 đám mây.\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("I love you.\nToday there are 3 clouds.\n", encoding="utf-8")
    row = {"article": ENGLISH, "reference": "A new clinic opened in Northfield."}
    (tmp_path / "articles.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    starter = ("-p", "starter", "--offline", "--json")
    pair = ("vi.txt", "en.txt", "-l", "vi")
    scores = json.loads(seedsum("eval", "translation", *pair, *starter, cwd=tmp_path).stdout)
    assert [score["name"] for score in scores] == ["BLEU", "chrF"]
    assert all(score["num_texts"] == 2 and "version" in score["signature"] for score in scores)
    summaries = seedsum("eval", "summaries", "articles.jsonl", *starter, cwd=tmp_path)
    assert {s["name"] for s in json.loads(summaries.stdout)} == {"ROUGE-1", "ROUGE-2", "ROUGE-L"}


# --------------------------------------------------------------------------------------------
# Bad input: a clear message, the right exit code, and every other document still done

BAD_FILES = {
    "empty.txt": b"",
    "binary.txt": bytes(range(256)) * 10,
    "latin1.txt": "Caf\xe9 ferm\xe9".encode("latin-1"),
    "broken.jsonl": b'{"id": "x", "text": \n',
}


@pytest.mark.parametrize("name", sorted(BAD_FILES))
def test_a_bad_file_is_named_and_the_others_are_done(project: Path, name: str) -> None:
    (project / "in" / name).write_bytes(BAD_FILES[name])
    done = run(project, expect=3)
    assert name in done.stderr
    assert "bug" not in done.stderr
    assert (project / "output" / "en.txt.record.json").is_file()
    assert name in (project / "output" / "index.md").read_text(encoding="utf-8")


ODD_TEXTS = {
    "line.txt": "word " * 10_000,
    "numbers.txt": "12 345\n6789\n",
    "emoji.txt": "😀 😀 🎉\n🎉\n",
    "mixed.txt": "The minister said xin chào các bạn to the crowd in ঢাকা শহরে today.\n",
    "control.txt": "A line with\x07 a bell.\x0b And a vertical tab.\n",
    "nfd.txt": "Tra\u0323m y te\u0302\u0301 mo\u031b\u0301i mo\u031b\u0309 cu\u031b\u0309a.\n",
    "plain.txt": "Tram y te moi mo cua o xa Hoa Binh va phuc vu nguoi dan trong vung.\n",
    "joiners.txt": "র‍্যাব সদস্যরা হাসপাতালে গিয়েছেন। ক্‌ষতি হয়নি।\n",
}


def test_odd_texts_are_done_or_skipped_with_a_reason(project: Path) -> None:
    for name, text in ODD_TEXTS.items():
        (project / "in" / name).write_text(text, encoding="utf-8")
    report = json.loads(run(project, "--json").stdout)
    outcomes = {outcome["name"]: outcome for outcome in report["outcomes"]}
    assert set(outcomes) == {*ODD_TEXTS, "en.txt"}
    for name in ("numbers.txt", "emoji.txt"):
        assert outcomes[name]["status"] == "skipped" and outcomes[name]["message"]
    for name in set(ODD_TEXTS) - {"numbers.txt", "emoji.txt"}:
        assert outcomes[name]["status"] in ("clean", "review", "skipped"), outcomes[name]


def test_an_article_in_another_language_is_skipped_with_a_reason(project: Path) -> None:
    text = "Новая больница открылась в городе. Врачи принимают пациентов каждый день.\n"
    (project / "in" / "ru.txt").write_text(text, encoding="utf-8")
    report = json.loads(run(project, "--json").stdout)
    outcome = next(o for o in report["outcomes"] if o["name"] == "ru.txt")
    assert outcome["status"] == "skipped" and "Russian (ru)" in outcome["message"]
    assert "nothing to do" in run(project).stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "expected"),
    [
        (("run", "absent"), 2, "absent"),
        (("run", "in", "-o", "in/out"), 2, "in/out"),
        (("run", "in", "--profile", "startr"), 4, "did you mean 'starter'"),
        (("run", "in", "--config", "absent.toml"), 4, "absent.toml"),
        (("run", "in", "--limit", "-1"), 2, "limit"),
        (("run", "in", "--profile", "default", "--offline", "--strict"), 5, "seedsum models pull"),
        (("detect", "absent.txt"), 2, "absent.txt"),
        (("rnu",), 2, "rnu"),
    ],
)
def test_a_mistake_has_its_exit_code_and_a_message(
    project: Path, arguments: tuple[str, ...], exit_code: int, expected: str
) -> None:
    done = seedsum(*arguments, cwd=project, expect=exit_code)
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_with_json_is_one_document_too(project: Path) -> None:
    done = seedsum("run", "absent", "--json", cwd=project, expect=2)
    assert json.loads(done.stdout)["exit_code"] == 2


def test_an_unknown_key_in_models_toml_is_named(project: Path) -> None:
    (project / "models.toml").write_text('default_profil = "starter"\n', encoding="utf-8")
    done = run(project, expect=4)
    assert "default_profil" in done.stderr and "did you mean 'default_profile'" in done.stderr


def test_without_the_hub_the_starter_models_stand_in_loudly(project: Path) -> None:
    (project / "in" / "vi.txt").write_text(
        "Trạm y tế mới đã mở cửa. Người dân rất vui mừng.\n", encoding="utf-8"
    )
    done = seedsum("run", "in", "--offline", cwd=project, expect=8)
    assert "WARNING" in done.stderr and "starter" in done.stderr
    output = project / "output"
    record = json.loads((output / "vi.txt.record.json").read_text(encoding="utf-8"))
    assert record["fallback"] is True and record["profile"] == "default"
    assert "starter" in (output / "index.md").read_text(encoding="utf-8")
    assert "starter" in (output / "vi.txt.summary.md").read_text(encoding="utf-8")
