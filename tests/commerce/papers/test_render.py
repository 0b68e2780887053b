"""Papers as PDF files: what can be read from them, what strangers' words cannot do, and that bytes repeat."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from fourfold.commerce.papers import render
from fourfold.commerce.papers.paper import Buyer, Paper, PaperKind, PaperLine, PaperTax, PaperTotals, Seller
from fourfold.commerce.papers.render import render_paper
from fourfold.ground.money import Money


def euro(cents: int) -> Money:
    return Money(cents, "EUR")


KETTLE = PaperLine("Enamelled kettle", "KTL-0042", "cream, 1.6 l", 3, euro(89_900), euro(890), 1900, euro(268_810))
INVOICE = Paper(
    kind="invoice",
    number="INV-2026-000123",
    issued_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    seller=Seller("Küstenkontor GmbH", ["Hafenstraße 12", "24937 Flensburg"], "DE123456789"),
    buyer=Buyer("Žofia Müller-Łukasiewicz", ["Großer Weg 7", "80331 München"]),
    order_number="ORD-7F3K9Q",
    lines=[KETTLE],
    totals=PaperTotals(
        items=euro(269_700),
        discount=euro(890),
        shipping=euro(490),
        tax=euro(42_998),
        total=euro(269_300),
        prices_include_tax=True,
        taxes=[PaperTax(1900, euro(226_302), euro(42_998))],
    ),
    currency="EUR",
    notes="Thank you.\nReturns within 30 days.",
    vendor_name="Nordlicht",
)
HOSTILE = '#panic() *bold* _it_ $x^2$ <tag> @ref `raw` \\u{41} [x](y) // = - + / {code} #image("/etc/passwd")'


def reader_of(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(render_paper(paper)))


def text_of(paper: Paper) -> str:
    """All text of a paper, with the line breaks of long texts taken out."""
    return " ".join(" ".join(page.extract_text() for page in reader_of(paper).pages).split())


def logo_of(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "JPEG")
    return file.getvalue()


def test_an_invoice_says_all_that_it_must() -> None:
    """C-33: number, date, both parties, tax id, each line, and every sum."""
    text = text_of(INVOICE)
    for said in [
        "Invoice", "INV-2026-000123", "March 1, 2026", "ORD-7F3K9Q", "Nordlicht", "Küstenkontor GmbH", "Hafenstraße 12",
        "DE123456789", "Žofia Müller-Łukasiewicz", "Enamelled kettle", "KTL-0042", "cream, 1.6 l",
        "3 899.00 \N{MINUS SIGN}8.90 19 % 2,688.10", "Subtotal 2,697.00", "Discount \N{MINUS SIGN}8.90",
        "Shipping 4.90", "Includes 19 % tax on 2,263.02 429.98",
        "Total EUR 2,693.00", "Returns within 30 days.", "Page 1 of 1",
    ]:  # fmt: skip
        assert said in text


def test_tax_on_top_is_named_so() -> None:
    """C-33: prices without tax show it as added."""
    totals = replace(INVOICE.totals, prices_include_tax=False)
    assert "Shipping 4.90 19 % tax on 2,263.02 429.98" in text_of(replace(INVOICE, totals=totals))
    assert "Tax 429.98" in text_of(replace(INVOICE, totals=replace(totals, taxes=())))


@pytest.mark.parametrize(("kind", "title"), [("receipt", "Receipt"), ("credit_note", "Credit note")])
def test_each_kind_has_its_title(kind: PaperKind, title: str) -> None:
    """C-33: a receipt and a credit note are drawn from the same values."""
    assert title in text_of(replace(INVOICE, kind=kind))


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    """C-33: a refund's paper leads back to its invoice."""
    text = text_of(replace(INVOICE, kind="credit_note", number="CN-2026-000004", corrects="INV-2026-000123"))
    assert "CN-2026-000004" in text
    assert "INV-2026-000123" in text
    assert "Total credited EUR 2,693.00" in text


def test_a_packing_slip_has_no_prices() -> None:
    """C-33: what goes into the parcel shows pieces and no money."""
    text = text_of(replace(INVOICE, kind="packing_slip"))
    assert "KTL-0042" in text
    assert "PIECES 3" in text
    assert "899.00" not in text
    assert "EUR" not in text


def test_papers_speak_german() -> None:
    """C-33: words, dates and figures follow the language."""
    text = text_of(replace(INVOICE, language="de"))
    for said in ["Rechnung", "1. März 2026", "2.688,10", "Enthält 19 % Steuer auf 2.263,02", "EUR 2.693,00"]:
        assert said in text


@pytest.mark.parametrize(("currency", "figure"), [("JPY", "JPY 123,456"), ("KWD", "KWD 123.456")])
def test_figures_have_the_currency_s_decimals(currency: str, figure: str) -> None:
    """C-33: yen have none, dinars three."""
    money = Money(123_456, currency)
    nothing = Money.zero(currency)
    totals = PaperTotals(money, nothing, nothing, nothing, money, prices_include_tax=True)
    assert figure in text_of(replace(INVOICE, currency=currency, totals=totals, lines=[]))


def test_strangers_words_stay_words() -> None:
    """C-33: what looks like markup or code is printed as it was written, in every field."""
    line = replace(KETTLE, title=HOSTILE, sku="#sku@<x>", options="*o*")
    paper = replace(
        INVOICE,
        seller=replace(INVOICE.seller, name="*S* #s"),
        buyer=Buyer("_B_ $b$ @b", ["#a <a>"]),
        notes="= N #n",
        vendor_name="@vendor",
        number="#1*",
        order_number="<o>",
        lines=[line],
    )
    text = text_of(paper).replace(" ", "")
    for said in [HOSTILE, "#sku@<x>", "*o*", "*S* #s", "_B_ $b$ @b", "#a <a>", "= N #n", "@vendor", "#1*", "<o>"]:
        assert said.replace(" ", "") in text


@pytest.mark.parametrize("name", ["Ωμέγα Αλφα", "Иванов Пётр", "Nguyễn Thị Ánh", "Þórður Ægisson", "Çağla Şahin"])
def test_names_of_other_scripts_survive(name: str) -> None:
    """C-33: Greek, Cyrillic and accented Latin are set in the fonts that come along."""
    assert name in text_of(replace(INVOICE, buyer=Buyer(name, [])))


def test_a_character_without_a_font_does_not_stop_the_paper() -> None:
    """C-33: the rest of the paper is drawn, though the archive's rules cannot be kept."""
    paper = replace(INVOICE, buyer=Buyer("Anna \U000e0041\U0010fffd", []))
    assert "Anna" in text_of(paper)


@pytest.mark.parametrize(
    "name",
    [
        "山田太郎",
        "김철수",
        "\u738b\u5c0f\u660e \U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
        "สมชาย ใจดี",
        "राम प्रसाद",
        "أحمد",
        "e\u0301" * 500,
        "\u200d" * 1000,
    ],
)
def test_no_script_stops_a_paper(name: str) -> None:
    """C-33: Chinese, Japanese, Korean, Thai, Hindi, Arabic, emoji, heaps of marks: drawn with a font or without."""
    line = replace(KETTLE, title=name, sku=name, options=name)
    text = text_of(replace(INVOICE, buyer=Buyer(name, [name]), lines=[line], notes=name))
    assert "INV-2026-000123" in text
    assert "2,693.00" in text


def test_fonts_of_a_folder_are_used(tmp_path: Path) -> None:
    """C-33: a family that lies in the folder alone is found; a folder that is not there is no reason to fail."""
    installed = next(Path("/usr/share/fonts").rglob("*.ttf"), None)
    if installed is None:
        pytest.skip("this machine has no TrueType font to rename")
    (tmp_path / "mine.ttf").write_bytes(installed.read_bytes())
    (family,) = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[tmp_path]).families()
    renamed = "Q" + family[1:]
    content = installed.read_bytes()
    for encoding in ("utf-16-be", "ascii"):
        content = content.replace(family.encode(encoding), renamed.encode(encoding))
    (tmp_path / "mine.ttf").write_bytes(content)
    assert renamed in render._fonts(tmp_path).families()
    assert renamed not in render._fonts(None).families()
    assert render_paper(INVOICE, tmp_path / "nowhere") == render_paper(INVOICE)


def test_control_and_turning_characters_are_dropped() -> None:
    """C-33: no sign that reverses reading, no lone surrogate and no control character reaches the paper."""
    assert "Anna Berg" in text_of(replace(INVOICE, buyer=Buyer("An\u202ena \x00Be\ud800rg\u2066", [])))


def test_long_papers_have_numbered_pages() -> None:
    """C-33: long titles wrap inside their column, headings repeat, and each page knows its number."""
    line = replace(KETTLE, title="A title that is much longer than its column " * 4 + "W" * 200)
    reader = reader_of(replace(INVOICE, lines=[line] * 20))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
    assert all("INV-2026-000123" in text for text in pages)
    assert all("UNIT PRICE" in text for text in pages[:-1])


@pytest.mark.parametrize("size", [(3000, 40), (40, 3000), (500, 200)])
def test_a_logo_is_drawn_whatever_its_shape(size: tuple[int, int]) -> None:
    """C-33: wide, tall and common logos are shown on one page."""
    reader = reader_of(replace(INVOICE, seller=replace(INVOICE.seller, logo=logo_of(*size))))
    assert len(reader.pages) == 1
    assert len(reader.pages[0].images) == 1


@pytest.mark.parametrize("logo", [b"<svg/>", b"\x89PNG\r\n\x1a\nbroken", logo_of(500, 200)[:300]])
def test_a_broken_logo_gives_way_to_the_name(logo: bytes) -> None:
    """C-33: a bad file in the settings never stops invoices."""
    reader = reader_of(replace(INVOICE, seller=replace(INVOICE.seller, logo=logo)))
    assert not reader.pages[0].images
    assert reader.pages[0].extract_text().startswith("Küstenkontor GmbH")


def test_the_same_paper_has_the_same_bytes() -> None:
    """C-33: rendering again after a crash gives the very file, dated by the paper and kept for the archive."""
    first = render_paper(INVOICE)
    assert render_paper(replace(INVOICE, number="INV-2026-000124")) != first
    assert render_paper(INVOICE) == first
    reader = PdfReader(io.BytesIO(first))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == INVOICE.issued_at
    assert reader.metadata.title == "Invoice INV-2026-000123"
    assert b"pdfaid:part" in first
