"""What a caller types on the keys: collected in order, and told so that no model sees a secret."""

from dataclasses import dataclass

from bot.privacy.redact import Hints, Redactor
from bot.privacy.vault import Vault

DONE = "#"
MOST_KEYS = 64
MOST_PLAIN = 2
"""So few keys are a choice from a menu, not a secret."""
PUBLIC_PROBE = "12345678"
"""Hidden unless the question asks for a number that is nobody's secret, such as of an order."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The keys that were pressed so far."""

    keys: str = ""
    last_at: float = 0.0
    """Monotonic seconds."""

    def pressed(self, digit: str, now: float) -> "Typed":
        """Return what is typed after one more key; more than MOST_KEYS are dropped."""
        return Typed((self.keys + digit)[:MOST_KEYS], now)

    def due_at(self, after_s: float) -> float | None:
        """Return when it is complete if no further key comes; None when nothing was typed."""
        return self.last_at + after_s if self.keys else None

    def is_complete(self, now: float, after_s: float) -> bool:
        """Return whether nothing more belongs to it: `#`, or no key for a while."""
        due_at = self.due_at(after_s)
        return self.keys.endswith(DONE) or (due_at is not None and now >= due_at)

    @property
    def digits(self) -> str:
        """What was typed, without the key that ended it."""
        return self.keys.removesuffix(DONE)


def told(digits: str, question: str, locale: str, redactor: Redactor, scratch: Vault) -> str:
    """Return what is said to the bot in place of typed keys.

    Reception redacts it as everything else. A bare run of digits is personal only under the right
    question, in a language that the detectors know, so whatever is no choice from a menu, no
    datum that is hidden anyhow, and no answer to a question for a public number, is marked as a
    PIN: it is hidden one-way, whatever was asked.

    Args:
        digits: what was typed.
        question: the bot's last message.
        locale: of the conversation.
        redactor: the company's.
        scratch: a vault that is thrown away.
    """
    if len(digits) <= MOST_PLAIN:
        return digits
    hints = Hints(question, "", locale)
    alone = redactor.redact(digits, scratch)
    if alone != digits and redactor.redact(digits, scratch, hints) != digits:
        return digits
    if redactor.redact(PUBLIC_PROBE, scratch, hints) == PUBLIC_PROBE:
        return digits
    return f"PIN: {digits}"
