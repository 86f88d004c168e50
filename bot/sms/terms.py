"""What a company has set about its text messages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from channels.sms.loop_guard import LoopTerms
from channels.sms.words import OptOutWords
from channels.upload import KINDS, MOST_FILE_BYTES

NO_WORDS: Mapping[str, OptOutWords] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SmsTerms:
    """How text messages are sent and taken."""

    words: OptOutWords = field(default_factory=OptOutWords)
    """By which customers want no more messages, want them again, or ask for help."""
    words_of: Mapping[str, OptOutWords] = field(default_factory=lambda: NO_WORDS)
    """Of one sender, by its address or its service, in place of `words`."""
    numbers: tuple[str, ...] = ()
    """Further addresses of ours; those that customers write to become known by themselves."""
    per_s: float = 0.0
    """Segments that leave one sender in a second; 0 for what is usual for its kind of number."""
    most_segments: int = 0
    """Of one message, to which a text is cut; 0 for as many as Twilio takes."""
    template: str = ""
    """`HX…`: what WhatsApp is sent outside its window."""
    template_variable: str = ""
    """Name of the variable in it that takes the text; without one the template only knocks, and
    the text follows once the customer has written."""
    window_s: float = 86_400.0
    """How long after the customer's last message WhatsApp takes any text."""
    media_types: frozenset[str] = frozenset(KINDS)
    most_media_bytes: int = MOST_FILE_BYTES
    """Of one file."""
    reconcile_s: float = 30.0
    """How long the status of a message whose outcome is unknown is waited for before we ask; longer
    than a request that was given up may still be on its way."""
    retry_s: float = 300.0
    """After how long a message that did not arrive is sent once more, where that may help."""
    give_up_s: float = 14_400.0
    """How long a message is tried that Twilio does not take: an old answer helps nobody."""
    loop: LoopTerms = field(default_factory=LoopTerms)

    def words_for(self, ours: str, service: str) -> OptOutWords:
        """Return the words of a sender."""
        return self.words_of.get(service) or self.words_of.get(ours) or self.words


USUAL_SMS = SmsTerms()
