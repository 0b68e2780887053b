"""The `fourfold` command of a later release: the folder of its migrations is the first argument."""

import sys
from pathlib import Path

from fourfold.cli import app
from fourfold.migrations import lines, run

if __name__ == "__main__":
    here = Path(sys.argv.pop(1))
    for module in (lines, run):
        vars(module)["HERE"] = here
    app()
