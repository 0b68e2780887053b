"""What a file is by its content, and whether that is what its name and its sender say."""

import re
from pathlib import PurePosixPath

from fourfold.ground.pictures import picture_in

BINARY, TEXT, HTML, SVG, ZIP = (
    "application/octet-stream", "text/plain", "text/html", "image/svg+xml", "application/zip",
)  # fmt: skip
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# Shown by browsers without running anything; all else is only ever handed out to be saved.
SHOWN = PICTURES | {TEXT, "video/mp4", "video/webm", "audio/mpeg", "audio/mp4", "audio/wav", "audio/flac"}

_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCX, _XLSX, _PPTX = (
    f"{_OFFICE}{kind}" for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"), (b"\x1f\x8b", "application/gzip"), (b"7z\xbc\xaf\x27\x1c", "application/x-7z"),
    (b"Rar!\x1a\x07", "application/vnd.rar"), (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"), (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"), (b"II*\x00", "image/tiff"), (b"MM\x00*", "image/tiff"),
    (b"PAR1", "application/parquet"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"), (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"), (b"wOF2", "font/woff2"),
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"),
)  # fmt: skip
_BRANDS = {
    b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"avif": "image/avif", b"heic": "image/heic",
    b"heix": "image/heic", b"mif1": "image/heic",
}  # fmt: skip
_RIFFS = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_ENDINGS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "svg": SVG,
    "avif": "image/avif", "heic": "image/heic", "tif": "image/tiff", "tiff": "image/tiff", "pdf": "application/pdf",
    "zip": ZIP, "docx": _DOCX, "xlsx": _XLSX, "pptx": _PPTX, "gz": "application/gzip", "7z": "application/x-7z",
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "m4a": "audio/mp4", "mp3": "audio/mpeg",
    "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "txt": TEXT, "csv": "text/csv", "md": "text/markdown",
    "tsv": "text/tab-separated-values", "json": "application/json", "ndjson": "application/x-ndjson", "html": HTML,
    "htm": HTML, "xml": "application/xml", "parquet": "application/parquet", "ics": "text/calendar",
}  # fmt: skip
_ALIASES = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "application/x-zip-compressed": ZIP,
    "text/xml": "application/xml", "text/json": "application/json", "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav", "audio/wave": "audio/wav",
    "audio/x-m4a": "audio/mp4", "application/x-gzip": "application/gzip", "application/xhtml+xml": HTML,
    "text/x-markdown": "text/markdown", "application/x-7z-compressed": "application/x-7z",
}  # fmt: skip
# Sheets of text are declared as Excel's by browsers on Windows.
_EXCEL = "application/vnd.ms-excel"
_PACKED = frozenset({_DOCX, _XLSX, _PPTX, "application/epub+zip"})
_WRITTEN = frozenset({"application/json", "application/x-ndjson", "application/xml", HTML, TEXT})
_KEPT_TEXTS = frozenset(
    {
        "text/csv",
        "text/markdown",
        "text/tab-separated-values",
        "text/calendar",
        "application/json",
        "application/x-ndjson",
    }
)
_RECOGNISED = frozenset({*_ENDINGS.values(), *_BRANDS.values(), *(kind for _, kind in _BEGINNINGS)})

_PART_OF_OFFICE = re.compile(rb"PK\x03\x04.{26}(word|xl|ppt)/", re.DOTALL)
_MIME_IN_ZIP = re.compile(rb"PK\x03\x04.{26}mimetype([a-z]+/[a-z0-9.+-]+)", re.DOTALL)
_TAG = re.compile(r"<(?:[a-z][\w.-]*:)?([a-z][\w-]*)", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype\s+(html|svg)\b", re.IGNORECASE)
_HTML_TAGS = frozenset(
    {"html", "head", "body", "script", "iframe", "object", "embed", "style", "title", "meta", "base"}
)
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_LOOKED_AT = 65_536
_BLANKS = "\ufeff \t\r\n\f"
_BLANK = re.compile(f"[{_BLANKS}]*")


def found_in(head: bytes) -> str:
    """The type of a file by its first bytes, whatever it is called; `application/octet-stream` when nothing fits."""
    picture = picture_in(head)
    if picture is not None:
        return picture.content_type
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _packed_in(head)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF":
        return _RIFFS.get(head[8:12], BINARY)
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    known = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)
    return known or _written_in(head[:_LOOKED_AT])


def _packed_in(head: bytes) -> str:
    own = _MIME_IN_ZIP.match(head)
    if own:
        return own[1].decode()
    office = _PART_OF_OFFICE.search(head) if b"[Content_Types].xml" in head else None
    return {b"word": _DOCX, b"xl": _XLSX, b"ppt": _PPTX}[office[1]] if office else ZIP


def _written_in(head: bytes) -> str:
    text = _text_of(head)
    if text is None or _NOT_IN_TEXT.search(text):
        return BINARY
    root = _root_of(text)
    if root == "svg":
        return SVG
    if root in _HTML_TAGS:
        return HTML
    return "application/xml" if text.lstrip(_BLANKS).startswith("<?xml") else TEXT


def _root_of(text: str) -> str:
    """The first element's name behind all comments and declarations; empty when the text has none."""
    at = 0
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it also matches nothing
        if text.startswith("<!--", at):
            end = "-->"
        elif text.startswith("<?", at):
            end = "?>"
        elif text.startswith("<!", at):
            kind = _DOCTYPE.match(text, at)
            if kind:
                return kind[1].lower()
            end = "]>" if "[" in text[at : text.find(">", at)] else ">"
        else:
            found = _TAG.match(text, at)
            return found[1].lower() if found else ""
        close = text.find(end, at)
        if close < 0:
            return ""
        at = close + len(end)


def _text_of(head: bytes) -> str | None:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    try:
        return head.decode()
    except UnicodeDecodeError as problem:
        # The last character may be cut; anything else is an older encoding, where every byte is a character.
        cut = problem.end >= len(head) - 3 and problem.start >= len(head) - 4
        return head[: problem.start].decode() if cut else head.decode("latin-1")


def claims_of(name: str, declared: str) -> list[str]:
    """The types that the sender declares and that the name's ending stands for, as far as they say anything."""
    ending = _ENDINGS.get(PurePosixPath(name).suffix.lower().removeprefix("."))
    given = declared.partition(";")[0].strip().lower()
    given = _ALIASES.get(given, given)
    if given in {"", BINARY, "binary/octet-stream"} or (given == _EXCEL and ending == "text/csv"):
        given = ""
    return [each for each in (given, ending) if each]


def fits(claim: str, found: str) -> bool:
    """Whether a file of the found type may be called what is claimed."""
    if claim == found:
        return True
    if _is_text(claim):
        return _is_text(found)
    if claim == ZIP:
        return found in _PACKED or found.startswith("application/vnd.oasis.")
    if {claim, found} in ({"audio/mp4", "video/mp4"}, {"video/webm", "video/x-matroska"}, {"image/avif", "image/heic"}):
        return True
    return claim not in _RECOGNISED


def settled(claims: list[str], found: str) -> str:
    """The type that the file is kept as: what was found, or for plain text the kind of text that it is called."""
    return next((each for each in claims if each in _KEPT_TEXTS), found) if found == TEXT else found


def _is_text(kind: str) -> bool:
    return kind in _WRITTEN or (kind.startswith("text/") and kind != HTML)
