"""The command line, as a person and as a script use it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from fourfold.serve.documents.reference import pages
from fourfold.services import ALL
from tests.conftest import PASSWORD, Running, Tenant, database_url

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fourfold(running: Running) -> Any:
    """Runs the command line against the servers of this test process."""
    environment = {
        **os.environ,
        "FOURFOLD_HOME": str(running.settings.home),
        "FOURFOLD_POSTGRES_URL": running.settings.postgres_url or "",
        "FOURFOLD_POSTGRES_ADMIN_URL": database_url(running.database),
        "FOURFOLD_VALKEY_URL": running.settings.valkey_url or "",
        "FOURFOLD_MONGO_URL": running.settings.mongo_url or "",
    }

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fourfold.cli", *words]
        return subprocess.run(
            command, cwd=ROOT, env={**environment, **more}, capture_output=True, text=True, timeout=300, check=False
        )

    return run


def test_help_is_quick_and_light() -> None:
    """P-05: `--help` imports nothing heavy; the best of five takes well below a second of a processor."""
    best = 9.0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = subprocess.run(
            [sys.executable, "-m", "fourfold.cli", "--help"], capture_output=True, text=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert "doctor" in told.stdout
    assert best < 1


def test_the_doctor_finds_everything_well(fourfold: Any) -> None:
    """P-05: every server, version, migration, clock, disk and permission, for people and for scripts."""
    plain = fourfold("doctor")
    assert plain.returncode == 0, plain.stdout + plain.stderr
    told = json.loads(fourfold("doctor", "--json").stdout)
    assert told["ok"]
    assert {"disk", "postgres", "postgres role", "clock", "migrations", "valkey", "storage"} <= {
        each["name"] for each in told["findings"]
    }


def test_the_doctor_says_how_to_mend(fourfold: Any, running: Running) -> None:
    """P-05: what does not answer is told together with what to do, and the exit code says so too."""
    superuser = fourfold("doctor", FOURFOLD_POSTGRES_URL=database_url(running.database))
    assert superuser.returncode == 1
    assert "use a role without SUPERUSER" in superuser.stdout
    away = fourfold("doctor", FOURFOLD_VALKEY_URL="redis://127.0.0.1:1")
    assert away.returncode == 1
    assert "start Valkey" in away.stdout


def test_tenants_are_opened_and_listed(fourfold: Any) -> None:
    """P-05: `tenant create` and `tenant list`; a taken or bad slug is one line and a non-zero exit."""
    slug = f"cli{new_id().hex[-8:]}"
    words = ("tenant", "create", slug, "--email", f"owner@{slug}.test", "--password", PASSWORD, "--json")
    opened = fourfold(*words)
    assert json.loads(opened.stdout)["slug"] == slug, opened.stderr
    assert slug in [each["slug"] for each in json.loads(fourfold("tenant", "list", "--json").stdout)]
    again = fourfold(*words)
    assert again.returncode == 1
    assert "is taken" in again.stderr
    bad = fourfold("tenant", "create", "No Slug", "--email", "x", "--password", "short")
    assert bad.returncode == 1
    assert bad.stderr.count("\n") == 1


def test_a_slug_is_enough_to_open_a_tenant(fourfold: Any, running: Running) -> None:
    """P-05: `tenant create SLUG` asks nothing; it makes the owner's password, which opens the tenant, and shows it."""
    slug = f"cli{new_id().hex[-8:]}"
    opened = fourfold("tenant", "create", slug, "--json")
    owner = json.loads(opened.stdout)["owner"]
    assert owner["email"] == f"owner@{slug}.test"
    signed_in = running.client.post("/v1/core/tokens", json=owner, headers={"X-Tenant": slug})
    assert signed_in.status_code == 200, signed_in.text


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (("up",), {"FOURFOLD_PORT": "many"}, "FOURFOLD_PORT"),
        (("serve", "nonsense"), {}, "there is no service nonsense"),
        (("openapi", "nonsense"), {}, "there is no service nonsense"),
        (("migrate",), {"FOURFOLD_POSTGRES_URL": "", "FOURFOLD_POSTGRES_ADMIN_URL": ""}, "nothing runs in"),
    ],
)
def test_mistakes_are_one_line(fourfold: Any, words: tuple[str, ...], more: dict[str, str], told: str) -> None:
    """P-03, P-05: a mistake is one line on standard error, and never a trace."""
    ran = fourfold(*words, **more)
    assert ran.returncode != 0
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


def test_openapi_documents_are_printed(fourfold: Any) -> None:
    """P-04: each system has a document of its own."""
    commerce = json.loads(fourfold("openapi", "commerce").stdout)
    assert commerce["openapi"].startswith("3.1")
    assert all(path.startswith("/v1/commerce/") for path in commerce["paths"])


def test_the_reference_is_up_to_date() -> None:
    """O-13: the pages made from the code are the ones in the repository; `make docs` writes them."""
    for name, text in pages(ALL).items():
        assert (ROOT / "docs" / "reference" / name).read_text() == text, f"run make docs: {name} is out of date"


def test_products_are_imported_by_hand(fourfold: Any, tenant: Tenant, tmp_path: Path) -> None:
    """P-05, C-10: `import products` counts what it does; a wrong name or file is one line and a non-zero exit."""
    words = ("import", "products", str(ROOT / "docs/examples/products.csv"), "--tenant", tenant.slug, "--json")
    dry = json.loads(fourfold(*words, "--dry-run").stdout)
    assert (dry["dry_run"], dry["created"]) == (True, 2)
    done = json.loads(fourfold(*words).stdout)
    assert (done["status"], done["created"], done["failed"]) == ("done", 2, 0)
    told = fourfold(*words[:-1])
    assert "2 unchanged" in told.stdout
    assert tenant.visitor.get("/v1/commerce/products").json()["items"]
    nobody = fourfold("import", "products", words[2], "--tenant", "nobody-here")
    assert (nobody.returncode, nobody.stderr) == (1, "fourfold: There is no tenant nobody-here.\n")
    nothing = tmp_path / "nothing.csv"
    nothing.touch()
    empty = fourfold("import", "products", str(nothing), "--tenant", tenant.slug)
    assert empty.returncode == 1
    assert "Traceback" not in empty.stderr
    copy = tmp_path / "copy.csv"
    assert fourfold("export", "products", str(copy), "--tenant", tenant.slug).returncode == 0
    again = fourfold("import", "products", str(copy), "--tenant", tenant.slug, "--json")
    assert json.loads(again.stdout)["unchanged"] == 2
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("Handle,Title,Variant SKU,Variant Price\nlamp,Lamp,L-9,ten\n")
    half = fourfold("import", "products", str(wrong), "--tenant", tenant.slug)
    assert half.returncode == 1
    assert "line 2: Variant Price: 'ten' is not an amount" in half.stderr


def test_friendships_are_imported_by_hand(fourfold: Any, tenant: Tenant, tmp_path: Path) -> None:
    """P-05, S-03: `import friendships` counts what it reads; a wrong name or file is one line and a non-zero exit."""
    file = tmp_path / "friends.txt"
    file.write_text("1 2\n2 3\nalone\n")
    words = ("import", "friendships", str(file), "--tenant", tenant.slug)
    told = fourfold(*words, "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"people": 3, "friendships": 2, "skipped": 1}
    assert fourfold(*words).stdout == "Imported: 3 people, 2 friendships, 1 skipped\n"
    nobody = fourfold(*words[:-1], "nobody-here")
    assert (nobody.returncode, nobody.stderr) == (1, "fourfold: There is no tenant nobody-here.\n")
    file.write_bytes(b"\xff\xfe\x00\x01")
    assert fourfold(*words).returncode == 1
    assert "Traceback" not in fourfold(*words).stderr


def test_sealing_keys_are_changed_by_hand(fourfold: Any, tenant: Tenant) -> None:
    """B-51: `keys rotate-data` and `keys rewrap`; a tenant that is not there is one line and a non-zero exit."""
    told = fourfold("keys", "rotate-data", "--tenant", tenant.slug, "--json")
    assert told.returncode == 0, told.stderr
    shown = tenant.owner.get("/v1/core/data-keys").json()["items"]
    assert shown[0]["id"] == json.loads(told.stdout)["key_id"]
    unknown = fourfold("keys", "rotate-data", "--tenant", "nobody-here")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    rewrapped = fourfold("keys", "rewrap", "--json")
    assert rewrapped.returncode == 0, rewrapped.stderr
    assert json.loads(rewrapped.stdout)["rewrapped"] == 0
