"""A real S3 API with one bucket, for tests of what is stored there."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.conftest import _free_port

MOTO = Path(__file__).parents[2] / ".venv-s3" / "bin" / "moto_server"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@contextmanager
def served_bucket() -> Iterator[str]:
    """The address of a server that has the bucket `bucket`, and credentials for it in the environment."""
    port = _free_port()
    server = subprocess.Popen([MOTO, "-H", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urlopen(Request(f"{address}/bucket", method="PUT"), timeout=1)  # noqa: S310 - our own address
            break
        except (URLError, OSError):
            time.sleep(0.05)
    with patch.dict(os.environ, CREDENTIALS):
        yield address
    server.terminate()
    server.wait(60)
