"""The README's tour, run as it stands in a shell: what it promises a newcomer happens."""

import re
import subprocess
from pathlib import Path

from fourfold.ground.ids import new_id
from tests.conftest import Running

ROOT = Path(__file__).parents[2]
UNTIL_DRAWN = (
    'for _ in $(seq 60); do curl -sf $BASE/v1/commerce/orders/$ORDER/invoice -H "Authorization: Bearer $TOKEN"'
    " -o /dev/null && break; sleep 1; done"
)


def test_the_tour_works(running: Running, tmp_path: Path) -> None:
    """P-01, C-01, C-06, C-20, C-23, C-30, C-33, C-34, C-36: open, fill, find, buy, pay, ship, import, by curl alone."""
    tour = (ROOT / "README.md").read_text().partition("## Five minutes with curl")[2].partition("## The house")[0]
    script = "set -e\n" + "\n".join(re.findall(r"```sh\n(.*?)```", tour, re.DOTALL))
    script = script.replace("/tmp/invoice.pdf", str(tmp_path / "invoice.pdf"))  # noqa: S108 - not kept there
    # A busy machine takes longer to draw an invoice than a newcomer's own.
    assert "\nsleep 3\n" in script
    script = script.replace("\nsleep 3\n", f"\n{UNTIL_DRAWN}\n")
    base, slug = running.url.rstrip("/"), f"tour{new_id().hex[-8:]}"
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "BASE": base, "SLUG": slug}
    ran = subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert "Storm Lantern" in ran.stdout
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF")
