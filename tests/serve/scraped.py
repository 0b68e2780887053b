"""What `/metrics` tells, read by Prometheus' own parser; and the rules by which Prometheus wants it to be named."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

# As `promtool check metrics` has them.
RESERVED_ENDS = ("_bucket", "_count", "_sum")
TYPES = {"gauge", "counter", "histogram", "summary", "untyped", "metric"}
NOT_BASE_UNITS = {
    "milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "weeks", "bits", "kilobytes",
    "megabytes", "gigabytes", "kibibytes", "mebibytes", "fahrenheit", "kelvin", "grams", "percent", "miles",
}  # fmt: skip
ABBREVIATIONS = {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "m", "h", "d"}


@dataclass(slots=True)
class Scraped:
    """The families by their names, and every series by its name and labels."""

    families: dict[str, Metric]
    series: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Scraped":
        """From what was answered."""
        found = list(text_string_to_metric_families(text))
        assert len({family.name for family in found}) == len(found), "a family must not come twice"
        samples = [sample for family in found for sample in family.samples]
        series = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
        assert len(series) == len(samples), "a series must not come twice"
        return cls({family.name: family for family in found}, series)

    def total(self, name: str, **labels: str) -> float:
        """The sum of the series of a name that have these labels, and whatever others."""
        wanted = labels.items()
        return sum(value for (each, has), value in self.series.items() if each == f"fourfold_{name}" and has >= wanted)

    def counters(self) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
        """The series that must never go back."""
        return {key: value for key, value in self.series.items() if key[0].endswith(("_total", "_bucket", "_count"))}


def problems_of(scraped: Scraped) -> list[str]:
    """What Prometheus would find wrong with the names."""
    return [f"{name}: {problem}" for name, family in scraped.families.items() for problem in _problems(name, family)]


def _problems(name: str, family: Metric) -> list[str]:
    words = name.split("_")
    samples = {sample.name for sample in family.samples}
    labels = {label for sample in family.samples for label in sample.labels}
    rules = {
        "no HELP": not family.documentation,
        "no TYPE": family.type not in {"counter", "gauge", "histogram"},
        "not snake_case": not re.fullmatch(r"[a-z][a-z0-9_]*", name),
        "not of fourfold": not name.startswith("fourfold_"),
        "a counter that does not end in _total": family.type == "counter"
        and any(not sample.endswith("_total") for sample in samples),
        "_total, but no counter": family.type != "counter" and name.endswith("_total"),
        "an end of histograms": family.type != "histogram" and any(s.endswith(RESERVED_ENDS) for s in samples),
        "its type in its name": bool(TYPES & set(words)),
        "no base unit": bool(NOT_BASE_UNITS & set(words)),
        "an abbreviated unit": bool(ABBREVIATIONS & set(words)),
        "a label that is not snake_case": any(not re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in labels),
    }
    return [problem for problem, holds in rules.items() if holds]


def promtool_says(text: str) -> str:
    """What `promtool check metrics` finds wrong, where there is one: in the PATH or at FOURFOLD_PROMTOOL."""
    tool = os.environ.get("FOURFOLD_PROMTOOL") or shutil.which("promtool")
    if tool is None:
        return ""
    done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() or ("" if done.returncode == 0 else f"it ended with {done.returncode}")
