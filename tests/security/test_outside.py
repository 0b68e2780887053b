"""The plain command of schemathesis over `/openapi.json`, as anybody may run it: all phases, links and all checks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.everything import one_of_everything
from tests.conftest import PASSWORD, Running, Tenant
from tests.security.operations import operations

HERE = Path(__file__).parent
EXAMPLES = 100
# The phase that follows links is short, however many examples are asked for: so it is run with several seeds.
SEEDS, LINKS = range(20), 40


def run(running: Running, tenant: Tenant, reports: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The command with its output; ends with 0 when nothing was found."""
    url = running.url.rstrip("/")
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{url}/openapi.json", "--max-examples", str(EXAMPLES), "--continue-on-failure",
        "--generation-database", "none", "--no-shrink", "--no-color", "--warnings", "off", *more,
    ]  # fmt: skip
    told = {
        "SCHEMATHESIS_HOOKS": "tests.security.outsider",
        "PYTHONPATH": str(HERE.parents[1]),
        "FUZZ_URL": url,
        "FUZZ_TENANT": tenant.slug,
        "FUZZ_EMAIL": tenant.owner.email,
        "FUZZ_PASSWORD": PASSWORD,
    }
    return subprocess.run(command, cwd=reports, env={**os.environ, **told}, capture_output=True, text=True, check=False)


@pytest.mark.fuzz
def test_an_outsider_finds_nothing(running: Running, tenant: Tenant, tmp_path: Path) -> None:
    """P-20, P-21, T42: no failure, nothing untold, no wrong data taken, nothing there after it was removed."""
    one_of_everything(tenant)
    done = run(running, tenant, tmp_path, "--seed", "4")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    # The operations are all, and those that answer to HEAD.
    assert told_in(done.stdout, r"Tested: (\d+)") >= len(operations())
    # Operations without parameters have no hundred different requests; test_fuzz.py sends them theirs over again.
    assert told_in(done.stdout, r"(\d+) generated") >= EXAMPLES * len(operations()) // 2


@pytest.mark.fuzz
def test_an_outsider_follows_links(running: Running, tenant: Tenant, tmp_path: Path) -> None:
    """P-20, T42: what the document's links lead to takes what the answer before it gave."""
    one_of_everything(tenant)
    followed = 0
    for seed in SEEDS:
        done = run(running, tenant, tmp_path, "--phases", "stateful", "--seed", str(seed))
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
        followed += told_in(done.stdout, r"API Links: +(\d+) covered")
    assert followed >= LINKS


def told_in(output: str, pattern: str) -> int:
    """The number that the command tells there."""
    found = re.search(pattern, output)
    assert found, output[-5000:]
    return int(found[1])
