"""TwiML as Twilio reads it, but without its patience: what is not known is an error. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from tests.emulators.twilio.twiml_rules import INSIDE, NEEDED, NOUNS, VERBS, WITH_WORDS

RELAY, TRANSCRIPTION = "ConversationRelay", "Transcription"


class TwimlError(AssertionError):
    """The app's TwiML is not what Twilio takes."""


@dataclass(frozen=True, slots=True)
class Element:
    """A verb or a noun."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    inside: tuple["Element", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def all(self, name: str) -> Sequence["Element"]:
        """Return the elements of a name, at any depth, itself included."""
        return [one for one in self._walk() if one.name == name]

    def first(self, name: str) -> "Element | None":
        """Return the first element of a name, or None."""
        return next(iter(self.all(name)), None)

    def is_on(self, name: str) -> bool:
        """Return whether a flag is set."""
        return self.get(name) == "true"

    def _walk(self) -> Iterator["Element"]:
        yield self
        for one in self.inside:
            yield from one._walk()


@dataclass(frozen=True, slots=True)
class Twiml:
    """What the app wants done with a call."""

    text: str
    """As it came."""
    verbs: tuple[Element, ...] = ()

    @property
    def relay(self) -> Element | None:
        """Return the `<ConversationRelay>`, or None."""
        return next((one for verb in self.verbs for one in verb.all(RELAY)), None)

    @property
    def action(self) -> str:
        """Return where the end of the relay is told."""
        return next((verb.get("action") for verb in self.verbs if verb.name == "Connect"), "")

    @property
    def parameters(self) -> dict[str, str]:
        """Return the custom parameters of the relay."""
        found = self.relay.all("Parameter") if self.relay else ()
        return {one.get("name"): one.get("value") for one in found}

    @property
    def transcriptions(self) -> Sequence[Element]:
        """Return the `<Transcription>`s that it starts."""
        starts = [verb for verb in self.verbs if verb.name == "Start"]
        return [one for verb in starts for one in verb.all(TRANSCRIPTION)]

    def names(self) -> tuple[str, ...]:
        """Return the names of its verbs."""
        return tuple(verb.name for verb in self.verbs)


def read_twiml(text: str) -> Twiml:
    """Return TwiML, checked.

    Raises:
        TwimlError: it is no XML, or has what Twilio does not know.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TwimlError("a document type is not for TwiML")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise TwimlError(f"not XML ({error}): {text!r}") from None
    if root.tag != "Response" or root.attrib:
        raise TwimlError(f"<Response> was expected, not <{root.tag}>")
    verbs = tuple(_element(child, "Response") for child in root)
    _check_words(root)
    return Twiml(text, verbs)


def _element(node: ElementTree.Element, parent: str) -> Element:
    name = node.tag
    if name not in INSIDE.get(parent, ()):
        raise TwimlError(f"<{name}> does not belong into <{parent}>")
    checks = VERBS[name] if name in VERBS else NOUNS[name]
    for attribute, value in node.attrib.items():
        if attribute not in checks:
            raise TwimlError(f"<{name}> has no attribute {attribute!r}")
        if not checks[attribute](value):
            raise TwimlError(f"<{name}> with a bad {attribute}: {value!r}")
    needed = () if parent == "Stop" else NEEDED.get(name, ())
    for attribute in needed:
        if attribute not in node.attrib:
            raise TwimlError(f"<{name}> without {attribute}")
    _check_words(node)
    inside = tuple(_element(child, name) for child in node)
    if name in ("Connect", "Start", "Stop") and not inside:
        raise TwimlError(f"<{name}> of nothing")
    return Element(name, dict(node.attrib), (node.text or "").strip(), inside)


def _check_words(node: ElementTree.Element) -> None:
    texts = [] if node.tag in WITH_WORDS else [node.text]
    for words in (*texts, *(child.tail for child in node)):
        if (words or "").strip():
            raise TwimlError(f"loose words in <{node.tag}>: {words!r}")
