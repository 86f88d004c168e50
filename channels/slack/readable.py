"""What somebody wrote in Slack, as a customer reads it. Pure."""

import re
from collections.abc import Mapping

from channels.slack.emoji import emoji_of

ENTITY = re.compile(r"<(?P<body>[^<>]+)>")
MENTIONED = re.compile(r"<@(?P<user>[UW][A-Z0-9]+)(?:\|[^<>]*)?>")
FENCED = re.compile(r"```(?P<code>.*?)```[ \t]*", re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
BOLD = re.compile(r"(?<![\w*])\*(?=[^\s*])(?P<text>[^*\n]*[^\s*])\*(?![\w*])")
EMOJI = re.compile(r":(?P<name>[a-z0-9_+'-]+):(?::skin-tone-(?P<tone>[2-6]):)?")
HELD = re.compile("\x00(\\d+)\x00")
FIRST_TONE = 0x1F3FB - 2
SOMEBODY = "someone"
"""Instead of a name that we do not know: an id says nothing to a customer."""
BREAKS = re.compile(r"\n{3,}")


def readable(text: str, names: Mapping[str, str]) -> str:
    """Return a message of Slack's as plain text, in the Markdown that the widget shows.

    Args:
        text: as it stands in the event.
        names: of users, by id; see `mentioned`. Channels and groups may be among them.
    """
    held: list[str] = []

    def hold(words: str) -> str:
        held.append(words)
        return f"\x00{len(held) - 1}\x00"

    def restore(words: str) -> str:
        return HELD.sub(lambda found: held[int(found[1])], words)

    def hold_code(code: str) -> str:
        return hold(restore(_unescaped(code)))

    text = text.replace("\x00", "").replace("\r\n", "\n")
    text = ENTITY.sub(lambda found: hold(_shown(found["body"], names)), text)
    text = FENCED.sub(lambda found: hold_code(_fenced(found["code"])), text)
    text = CODE.sub(lambda found: hold_code(found[0]), text)
    text = EMOJI.sub(_emoji, text)
    text = BOLD.sub(r"**\g<text>**", text)
    return BREAKS.sub("\n\n", restore(_unescaped(text))).strip()


def mentioned(text: str) -> tuple[str, ...]:
    """Return the ids of the users whom a message of Slack's mentions, each once, in order."""
    return tuple(dict.fromkeys(found["user"] for found in MENTIONED.finditer(text)))


def _unescaped(text: str) -> str:
    """Undo Slack's escaping, once; `&amp;lt;` was `&lt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(body: str, names: Mapping[str, str]) -> str:
    """Return what stands between `<` and `>` as a reader wants it."""
    target, _, label = body.partition("|")
    label = _unescaped(label).strip()
    match target[:1]:
        case "@":
            return "@" + (names.get(target[1:]) or label.removeprefix("@") or SOMEBODY)
        case "#":
            return "#" + (label.removeprefix("#") or names.get(target[1:]) or "channel")
        case "!":
            return _special(target[1:], label, names)
        case _:
            return _link(_unescaped(target), label)


def _special(target: str, label: str, names: Mapping[str, str]) -> str:
    """Return what Slack fills in by itself: everybody, a group, a date."""
    kind, *rest = target.split("^")
    match kind:
        case "here" | "channel" | "everyone":
            return "@" + kind
        case "subteam":
            name = label or names.get(rest[0] if rest else "", "team")
            return "@" + name.removeprefix("@")
        case _:
            return label


def _link(url: str, label: str) -> str:
    """Return an address with its name, or alone when the name says nothing else."""
    shown = url
    for scheme in ("mailto:", "tel:"):
        shown = shown.removeprefix(scheme)
    if not label or _bare(label) == _bare(shown):
        return shown
    return f"{label} ({shown})"


def _bare(url: str) -> str:
    return re.sub(r"^https?://", "", url.strip()).rstrip("/").casefold()


def _fenced(code: str) -> str:
    """Return a code block on lines of its own, as the widget wants it."""
    return "\n```\n" + code.strip("\n") + "\n```\n"


def _emoji(found: re.Match[str]) -> str:
    sign = emoji_of(found["name"])
    if not sign:
        return found[0]
    return sign + (chr(FIRST_TONE + int(found["tone"])) if found["tone"] else "")
