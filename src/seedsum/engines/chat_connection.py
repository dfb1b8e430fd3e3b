"""The way to a server: one client, whose address, key and headers are ours alone.

The `openai` client reads `OPENAI_*` variables, the library below it proxies and `.netrc`. Here
every one of these is set, and whatever still gets into a request's headers is taken out again just
before it is sent. A redirection is never followed: it could lead anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsum import __version__
from seedsum.errors import ModelError
from seedsum.files import sha256_json
from seedsum.records import ChatSpec, ModelSpec

if TYPE_CHECKING:
    import httpx2
    from openai import OpenAI

#: What a server hears of us, besides the question.
_HEADERS = frozenset(
    {
        *("host", "accept", "accept-encoding", "connection", "content-type", "content-length"),
        *("transfer-encoding", "user-agent", "authorization"),
    }
)

#: A server that takes longer to accept a connection is not there.
CONNECT_SECONDS = 5.0

#: What a server without a key is sent instead, since the client wants one; it never goes out.
_NO_KEY = "none"

#: Of a model in a server's list, what says which model it is and stays as it is: not when the
#: server was started, nor what it is called.
_TELLING = (
    "root",
    "parent",
    "digest",
    "quantization",
    "max_model_len",
    "meta",
    "version",
    "sha256",
)


def require_library(spec: ModelSpec) -> None:
    """Raise a ModelError where the client is not installed."""
    try:
        import_module("openai")
    except ImportError as error:
        raise ModelError(
            f"model {spec.name}: engine 'chat' needs the openai client ({error});"
            " pip install 'seedsum[chat]'"
        ) from error


def read_key(spec: ModelSpec) -> str:
    """Return the key, from where models.toml says, or the empty text where it names none.

    Raises:
        ModelError: There is none where it should be.
    """
    chat, where = spec.chat, f"model {spec.name}"
    if chat.api_key_env:
        key = os.environ.get(chat.api_key_env, "").strip()
        if not key:
            raise ModelError(f"{where}: its key is missing; set the variable {chat.api_key_env}")
    elif chat.api_key_file:
        path = Path(chat.api_key_file).expanduser()
        try:
            key = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{where}: its key cannot be read from {path}: {error}") from error
        if not key:
            raise ModelError(f"{where}: {path} has no key in it")
    else:
        return ""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ModelError(
            f"{where}: what stands for its key is no key: it has spaces or signs in it"
        )
    return key


def http_client(
    spec: ModelSpec, *, on_request: Callable[[], object] = lambda: None
) -> httpx2.Client:
    """Return the client that all questions to a model's server go through."""
    import httpx2

    key, address = read_key(spec), httpx2.URL(spec.chat.address)

    def only_ours(request: httpx2.Request) -> None:
        if (request.url.scheme, request.url.netloc) != (address.scheme, address.netloc):
            raise ModelError(f"model {spec.name}: a question was about to go to {request.url.host}")
        for name in set(request.headers) - _HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = f"seedsum/{__version__}"
        if key:
            request.headers["authorization"] = f"Bearer {key}"
        else:
            request.headers.pop("authorization", None)
        on_request()

    return httpx2.Client(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(spec.chat.timeout_seconds, connect=CONNECT_SECONDS),
        event_hooks={"request": [only_ours]},
    )


def transport_error() -> type[Exception]:
    """Return the class of errors that say that no server answers."""
    import httpx2

    return httpx2.TransportError


def openai_client(spec: ModelSpec, client: httpx2.Client) -> OpenAI:
    """Return the client of the protocol: nothing is left for it to look up."""
    from openai import OpenAI

    return OpenAI(
        base_url=spec.chat.address,
        api_key=_NO_KEY,  # the request gets ours, or none
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        default_headers={},
        default_query={},
        max_retries=spec.chat.max_retries,
        timeout=client.timeout,
        http_client=client,
    )


def listed_models(spec: ModelSpec, client: httpx2.Client) -> dict[str, dict[str, Any]] | None:
    """Return what a server says of its models, by name; None where its list is none.

    Raises:
        httpx2.TransportError: No server answers.
    """
    response = client.get(f"{spec.chat.address.rstrip('/')}/models", timeout=CONNECT_SECONDS)
    try:
        entries = response.json()["data"] if response.is_success else None
        return {str(entry["id"]): dict(entry) for entry in entries} if entries else None
    except (ValueError, TypeError, KeyError):
        return None


def fingerprint_of(spec: ChatSpec, system_fingerprint: str, listed: dict[str, Any] | None) -> str:
    """Return what is known of the model on a server besides its name; empty where nothing is."""
    entry = (listed or {}).get(spec.model) or {}
    telling = {key: entry[key] for key in _TELLING if entry.get(key) not in (None, "", spec.model)}
    model = f"model:{sha256_json(telling)[:16]}" if telling else ""
    return " ".join(filter(None, ("".join(system_fingerprint.split()), model)))


def system_part(fingerprint: str) -> str:
    """Return of a fingerprint what the server says with each answer."""
    return next((p for p in fingerprint.split() if not p.startswith("model:")), "")
