"""An answer as a phone shows it: no Markdown, no citation marks, and GSM-7 where that is enough.

Pure. Links stay links that can be tapped, lists stay lists, and placeholders such as `[EMAIL_1]`
stay as they are.
"""

import re

from channels.sms.gsm_spelling import spelled_in_gsm7

FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n?", re.MULTILINE)
CODE = re.compile(r"(`+)(?!`)([^\n]{1,500}?)(?<!`)\1(?!`)")
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]{0,30}_\d{1,6}\]")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
IMAGE_OR_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300})\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)?)>?"
    r"(?:\s+[\"'][^\"'\n]*[\"'])?\s*\)"
)
AUTOLINK = re.compile(r"<((?:https?://|mailto:|tel:)[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>")
URL = re.compile(r"(?:https?://|www\.)[^\s<>]+")
CITATION = re.compile(r"[ \t\u00a0]?\[\^?\d{1,3}(?:\s?[,;\u2013-]\s?\d{1,3})*\]")
BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
TAG = re.compile(
    r"</?(?:b|i|u|em|strong|p|span|div|sub|sup|code|ul|ol|li)(?:\s[^<>\n]*)?>", re.IGNORECASE
)
ENTITIES = (
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&#39;", "'"),
    ("&amp;", "&"),
)
RULE = re.compile(
    r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})$", re.MULTILINE
)
TABLE_RULE = re.compile(
    r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
TABLE_ROW = re.compile(r"^[ \t]*\|([^\n]*)\|[ \t]*$", re.MULTILINE)
HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+([^\n]*?)[ \t]*#{0,9}[ \t]*$", re.MULTILINE)
QUOTATION = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
BULLET = re.compile(
    r"^[ \t]*[-*+\u2022\u2023\u25e6\u2043\u2219\u25aa\u25cf][ \t]+(?:\[[ xX]\][ \t]+)?",
    re.MULTILINE,
)
NUMBERED = re.compile(r"^[ \t]+(\d{1,3}[.)][ \t])", re.MULTILINE)
EMPHASIS = (
    re.compile(r"\*\*\*(?=\S)([^\n]{1,1000}?)(?<=\S)\*\*\*"),
    re.compile(r"\*\*(?=\S)((?:[^\n*]|\*(?!\*)){1,1000}?)(?<=\S)\*\*"),
    re.compile(r"(?<!\w)__(?=\S)([^\n]{1,1000}?)(?<=\S)__(?!\w)"),
    re.compile(r"~~(?=\S)([^\n]{1,1000}?)(?<=\S)~~"),
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^\n*]{1,1000}?)(?<=[^\s*])\*(?![\w*])"),
    re.compile(r"(?<!\w)_(?=[^\s_])([^\n_]{1,1000}?)(?<=[^\s_])_(?!\w)"),
)
OUTER_SPACES = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)
SPACES = re.compile(r" {2,}")
LONG_SPACES = re.compile(r"[ \t]{9,}")
BLANK_LINES = re.compile(r"\n{3,}")
OPEN, CLOSE = "\ue000", "\ue001"
SHELTER = re.compile(f"{OPEN}(\\d+){CLOSE}")
AFTER_URL = ".,;:!?\"'*_~`]}"


def plain(text: str) -> str:
    """Return an answer as a phone shows it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = LONG_SPACES.sub(" " * 8, text)
    sheltered = _Sheltered()
    text = sheltered.all_in(FENCE.sub("", text.replace(OPEN, "").replace(CLOSE, "")))
    text = spelled_in_gsm7(_unmarked(CITATION.sub("", text)))
    text = SPACES.sub(" ", OUTER_SPACES.sub("", sheltered.restored(text)))
    return BLANK_LINES.sub("\n\n", text).strip()


class _Sheltered:
    """Passages in which nothing is a mark, out of the way while marks are removed.

    What stands for them is of Unicode's private use area.
    """

    def __init__(self) -> None:
        self._passages: list[str] = []

    def all_in(self, text: str) -> str:
        """Return a text with its placeholders, code, escapes and addresses sheltered."""
        text = PLACEHOLDER.sub(lambda found: self._keep(found[0]), text)
        text = CODE.sub(lambda found: self._keep(spelled_in_gsm7(found[2].strip())), text)
        text = ESCAPED.sub(lambda found: self._keep(spelled_in_gsm7(found[1])), text)
        text = AUTOLINK.sub(lambda found: self._keep(_address(found[1])), text)
        text = IMAGE_OR_LINK.sub(lambda found: self._link(found[1], _address(found[2])), text)
        return URL.sub(lambda found: self._url(found[0]), text)

    def restored(self, text: str) -> str:
        """Return a text with every passage in its place; one may stand in another."""
        while SHELTER.search(text):
            text = SHELTER.sub(lambda found: self._passages[int(found[1])], text)
        return text

    def _keep(self, passage: str) -> str:
        self._passages.append(passage)
        return f"{OPEN}{len(self._passages) - 1}{CLOSE}"

    def _url(self, url: str) -> str:
        address = url.rstrip(AFTER_URL)
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(AFTER_URL)
        return self._keep(address) + url[len(address) :]

    def _link(self, label: str, address: str) -> str:
        """Return what a link says and where it goes; only that, where it says nothing else."""
        said = label.strip().rstrip(":")
        is_number = said.isascii() and said.isdigit()
        if not said or is_number or _bare(said) == _bare(address):
            return self._keep(address)
        return f"{said}: {self._keep(address)}"


def _unmarked(text: str) -> str:
    """Return a text without what Markdown and HTML write for the eye."""
    text = TAG.sub("", BREAK.sub("\n", text))
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    text = QUOTATION.sub("", RULE.sub("", TABLE_RULE.sub("", text)))
    text = TABLE_ROW.sub(lambda found: _row(found[1]), text)
    text = NUMBERED.sub(r"\1", BULLET.sub("- ", HEADING.sub(r"\1", text)))
    for emphasis in EMPHASIS:
        text = emphasis.sub(r"\1", text)
    return text


def _row(cells: str) -> str:
    return ", ".join(cell.strip() for cell in cells.split("|") if cell.strip())


def _address(url: str) -> str:
    """Return where a link goes, as a phone finds it in a text."""
    for scheme in ("mailto:", "tel:"):
        if url.lower().startswith(scheme):
            return url[len(scheme) :]
    return url


def _bare(address: str) -> str:
    """Return an address without what is left out when it is spoken of."""
    address = address.strip("*_` ").lower()
    for start in ("https://", "http://", "www."):
        address = address.removeprefix(start)
    return address.rstrip("/")
