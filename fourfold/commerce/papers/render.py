"""Papers become PDF files: words and figures are prepared here, the layout is in paper.typ.

Only jobs import this module: it loads the typesetter (80 MB on disk), Babel and Pillow. All that a stranger wrote
travels to the template as JSON, so it is only ever text and never markup.
"""

import io
import json
import unicodedata
from datetime import UTC
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date
from babel.numbers import format_decimal
from PIL import Image

from fourfold.commerce.papers.paper import Paper, PaperLine, PaperTotals
from fourfold.commerce.papers.words import WORDS
from fourfold.ground.languages import figure_text
from fourfold.ground.money import Money

_TEMPLATE = Path(__file__).with_name("paper.typ")

# PDF/A-2a keeps a paper readable for as long as it must be kept, PDF/UA-1 lets it be read aloud.
_ARCHIVE = ["a-2a", "ua-1"]

_TOTALS = {"receipt": "paid", "credit_note": "credited"}

_LOGO_BOX = (960, 320)

# Characters that turn the direction of what follows could make a paper read otherwise than its data.
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def render_paper(paper: Paper, fonts: Path | None = None) -> bytes:
    """The PDF of a paper, A4; the same paper and fonts give the same bytes. Blocks for 5 to 100 ms: call in a thread.

    Latin, Greek, Cyrillic, Hebrew and Arabic are set in the typesetter's own fonts, other scripts and emoji in fonts
    of the folder `fonts` or of the machine; what no font has becomes an empty box. The file follows PDF/A-2a and
    PDF/UA-1, or is plain PDF when no font has one of the characters, because those rules refuse such a file.
    """
    inputs = {"paper": json.dumps(_content_of(paper), ensure_ascii=False)}
    try:
        return _compiled(paper, inputs, fonts, _ARCHIVE)
    except typst.TypstError:
        return _compiled(paper, inputs, fonts, [])


def _compiled(paper: Paper, inputs: dict[str, str], fonts: Path | None, standards: list[Any]) -> bytes:
    return typst.compile(
        _TEMPLATE,
        format="pdf",
        root=_TEMPLATE.parent,
        font_paths=_fonts(fonts),
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=int(paper.issued_at.timestamp()),
    )


@lru_cache(maxsize=1)
def _fonts(folder: Path | None) -> typst.Fonts:
    folders = [folder] if folder is not None else []
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=folders)


def _content_of(paper: Paper) -> dict[str, Any]:
    """The JSON that paper.typ draws: every figure already in words, every text an array of its lines."""
    words = WORDS[paper.language]
    with_prices = paper.kind != "packing_slip"
    details = [
        (words["number"], paper.number),
        (words["date"], format_date(paper.issued_at.astimezone(UTC), "long", locale=paper.language)),
        (words["order"], paper.order_number),
        (words["corrects"], paper.corrects),
        (words["sold_by"], paper.vendor_name),
    ]
    return {
        "language": paper.language,
        "title": words[paper.kind],
        "number": _clean(paper.number),
        "details": [[label, _clean(value)] for label, value in details if value],
        "seller": {
            "name": _clean(paper.seller.name),
            "address": [_clean(line) for line in paper.seller.address],
            "tax_id": _clean(paper.seller.tax_id or ""),
            "logo": _logo_content(paper.seller.logo),
        },
        "buyer": {"name": _clean(paper.buyer.name), "address": [_clean(line) for line in paper.buyer.address]},
        "buyer_label": words["ship_to" if paper.kind == "packing_slip" else "bill_to"],
        "with_prices": with_prices,
        "with_discount": any(line.discount for line in paper.lines),
        "lines": [_line_content(line, paper) for line in paper.lines],
        "pieces": str(sum(line.quantity for line in paper.lines)),
        "sums": _sums(paper.totals, words, paper) if with_prices else [],
        "total": f"{paper.currency} {_figure(paper.totals.total, paper)}",
        "total_label": words[_TOTALS.get(paper.kind, "total")],
        "notes": [_clean(line) for line in paper.notes.splitlines()],
        "words": {**words, "amounts_in": words["amounts_in"].format(currency=paper.currency)},
    }


def _line_content(line: PaperLine, paper: Paper) -> dict[str, str]:
    return {
        "title": _clean(line.title),
        "sku": _clean(line.sku),
        "options": _clean(line.options),
        "quantity": str(line.quantity),
        "unit_price": _figure(line.unit_price, paper),
        "discount": _figure(-line.discount, paper) if line.discount else "",
        "tax_rate": _rate(line.tax_rate, paper),
        "total": _figure(line.total, paper),
    }


def _sums(totals: PaperTotals, words: dict[str, str], paper: Paper) -> list[list[str]]:
    """The rows above the total: taxes are named as contained in it or as added to it."""
    rows = [[words["subtotal"], _figure(totals.items, paper)]]
    if totals.discount:
        rows.append([words["discount"], _figure(-totals.discount, paper)])
    rows.append([words["shipping"], _figure(totals.shipping, paper)])
    label = words["tax_included" if totals.prices_include_tax else "tax_added"]
    for part in totals.taxes:
        words_for_part = label.format(rate=_rate(part.tax_rate, paper), net=_figure(part.net, paper))
        rows.append([words_for_part, _figure(part.tax, paper)])
    if not totals.taxes and totals.tax:
        rows.append([words["tax"], _figure(totals.tax, paper)])
    return rows


def _figure(money: Money, paper: Paper) -> str:
    return figure_text(money, paper.language).replace("-", "\u2212")


def _rate(basis_points: int, paper: Paper) -> str:
    return format_decimal(Decimal(basis_points) / 100, format="0.##", locale=paper.language) + "\u00a0%"


def _clean(text: str) -> str:
    """The text without control characters, lone surrogates and signs that turn the direction of reading."""
    kept = (char for char in text if ord(char) not in _TURNING and unicodedata.category(char) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", "".join(kept))


def _logo_content(logo: bytes | None) -> dict[str, Any] | None:
    """The logo as a small PNG, its bytes as numbers because JSON has no others; None when it is no image."""
    if not logo:
        return None
    try:
        with Image.open(io.BytesIO(logo)) as image:
            image.thumbnail(_LOGO_BOX)
            small = io.BytesIO()
            image.convert("RGBA").save(small, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return {"png": list(small.getvalue()), "aspect": image.width / image.height}
