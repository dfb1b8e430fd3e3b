"""Engine `chat` against `transformers serve`, which runs a tiny random model of the Qwen3 kind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import tiny_chat_model
from seedsum.config import load_settings
from seedsum.models.doctor import doctor
from test_chat import SOURCES, article, models_toml, record_of, run

pytestmark = pytest.mark.slow

_START_SECONDS = 300


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Yield the server's address and what it calls its model."""
    pytest.importorskip("fastapi", reason="needs transformers[serving]")
    folder = tiny_chat_model.make(tmp_path_factory.mktemp("qwen"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = str(tmp_path_factory.mktemp("home"))
    log = folder / "log.txt"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)),
                *("--host", "127.0.0.1", "--port", str(port), "--device", "cpu"),
            ],
            env={**os.environ, "HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1"},
            stdout=written,
            stderr=written,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + _START_SECONDS
        with httpx2.Client(trust_env=False) as client:
            while True:
                assert process.poll() is None, log.read_text("utf-8", "replace")
                assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
                try:
                    client.get(f"{address}/health")
                    break
                except httpx2.TransportError:
                    time.sleep(0.2)
        yield f"{address}/v1", str(folder)
    finally:
        process.kill()
        process.wait()


def test_an_article_goes_through_a_real_server_and_nothing_that_it_invents_is_clean(
    served: tuple[str, str], tmp_path: Path
) -> None:
    address, model = served
    path = models_toml(tmp_path, address, summary="llm", max_tokens=32, concurrency=1)
    text = path.read_text(encoding="utf-8").replace('model = "test-model"', f'model = "{model}"')
    path.write_text(text, encoding="utf-8")
    article(tmp_path)
    report = run(tmp_path)
    assert report.counters["chat_questions"] >= len(SOURCES)
    (outcome,) = report.outcomes
    assert str(outcome.status) in ("review", "failed")
    record = record_of(tmp_path)
    use = record["models"][0]
    assert (use["id"], use["engine"], use["address"]) == (model, "chat", address)
    assert "fingerprint" not in use, "it gives none, and its list of models fails"
    assert record["reproducible"] is False
    for segment in record["segments"]:  # none, where the document has failed
        assert segment["fate"] == "failed" or segment["flags"], segment
    found = {check.name: check for check in doctor(load_settings(path), "p", offline=True)}
    assert f"{model} at {address}, on this machine; answers" in found["model llm"].found
    assert found["model llm"].level == "ok"
