"""A real S3 server on loopback (moto's), in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: What every program of AWS reads; moto takes any credentials.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

#: Counts requests by method and by what is asked, at `/-counts`; `/-seed` puts pairs there at once.
_SERVER = """
import json, sys
from collections import Counter
from werkzeug.serving import make_server
from moto.server import DomainDispatcherApplication, create_backend_app

from moto.s3.models import s3_backends

s3_backends["123456789012"]["aws"].create_bucket("bucket", "us-east-1")
moto = DomainDispatcherApplication(create_backend_app)
counts = Counter()

def app(environ, start_response):
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if path == "/-counts":
        data = json.dumps(counts).encode()
        counts.clear()
        start_response("200 OK", [("Content-Length", str(len(data)))])
        return [data]
    if path == "/-seed":
        exec(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode(), {})
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    what = environ["REQUEST_METHOD"]
    counts["LIST" if what == "GET" and "list-type" in query else what] += 1
    return moto(environ, start_response)

server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
import logging; logging.getLogger("werkzeug").setLevel("ERROR")
server.serve_forever()
"""


@contextmanager
def s3_server() -> Iterator[str]:
    """Run the server, with the empty bucket `bucket`, and yield its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **CREDENTIALS},
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
