"""Figures with their targets, and the table that they are printed in."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `at_least` or `at_most` is what the design asks for."""

    scenario: str
    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether it is as good as it should be; None when nothing is asked."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    def as_dict(self) -> dict[str, Any]:
        """For the file of results."""
        return {**asdict(self), "value": round(self.value, 3), "met": self.met}


def median(values: Sequence[float]) -> float:
    """The middle of several rounds."""
    return statistics.median(values)


def table(figures: Sequence[Figure]) -> str:
    """The figures for people."""
    rows = [("scenario", "figure", "value", "", "target", "")]
    for figure in figures:
        sign = "" if figure.met is None else f">= {figure.at_least:g}" if figure.at_least is not None else ""
        sign = sign or (f"<= {figure.at_most:g}" if figure.at_most is not None else "")
        said = {True: "met", False: "MISSED", None: ""}[figure.met]
        rows.append((figure.scenario, figure.name, f"{figure.value:,.2f}", figure.unit, sign, said))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join("  ".join(map(_padded, row, widths, range(len(row)))).rstrip() for row in rows)


def _padded(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column == 2 else cell.ljust(width)
