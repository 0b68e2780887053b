"""The templates that come with Fourfold: `<system>/<room>/mails/<name>.txt`, `<name>.de.txt` in other languages."""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

from fourfold.core.templates.sandbox import Fields, fields_of

PACKAGE = Path(__file__).parents[2]
ENGLISH = "en"


@cache
def shipped_languages() -> dict[str, frozenset[str]]:
    """The languages of each template by its path, such as `core/accounts/verify_email`."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.glob("*/*/mails/*.txt")):
        name, _, language = path.stem.partition(".")
        found.setdefault(f"{path.parts[-4]}/{path.parts[-3]}/{name}", set()).add(language or ENGLISH)
    return {name: frozenset(languages) for name, languages in found.items()}


@cache
def shipped_text(template: str, language: str, kind: str = "mails") -> str | None:
    """The template in one language as it is written, None when there is none; `kind` is `mails` or `texts`."""
    folder, _, name = template.rpartition("/")
    suffix = "" if language == ENGLISH else f".{language}"
    path = PACKAGE / folder / kind / f"{name}{suffix}.txt"
    return path.read_text() if path.is_file() else None


@cache
def shipped_fields(template: str) -> Fields:
    """What the template is filled with: all that its English text uses."""
    return fields_of(shipped_text(template, ENGLISH) or "")


def languages_for(*tags: str | None) -> Sequence[str]:
    """The languages to try, the best first: each tag, the language of it alone, and English at the end."""
    known = [canonical(tag) for tag in tags if tag]
    wanted = [each for tag in known for each in (tag, tag.partition("-")[0])]
    return list(dict.fromkeys([*wanted, ENGLISH]))


@lru_cache(maxsize=1024)
def canonical(tag: str) -> str:
    """A language as it is kept: `pt-BR` for `PT-br`; raises ValueError for what is none."""
    try:
        return str(Locale.parse(tag, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError) as problem:
        raise ValueError("Give a language such as de or pt-BR.") from problem
