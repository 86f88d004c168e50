"""How long redaction takes: a message, a delta of a stream, a reply with values put back.

Targets: a clean message of 50-60 characters 25 us, a dense one of 200 characters 400 us; a clean
stream 2 MB/s and 7 us a delta; revealing 15 MB/s at deltas of 4 characters; the worst of the
hostile messages of 16 KB 50 ms.
"""

import time
from collections.abc import Callable

from bot.privacy.detect import find
from bot.privacy.kinds import NO_HINTS
from bot.privacy.redact import Redactor, StreamRedactor
from bot.privacy.reveal import StreamRevealer
from bot.privacy.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.request import TenantId

CLEAN = "Why was I charged a fee for the transfer to Spain today?"
DENSE = (
    "Hi, my name is Lena Kowalski, my card 4242 4242 4242 4242 exp 09/28 was charged twice. Call "
    "me on +1 (415) 555-0123 or write to lena@example.com, IBAN DE75 5121 0800 1245 1261 99."
)
REPLY = (
    "The limit can be changed in the app under Cards and takes effect at once. You will see your "
    "new settings there, which is what most people want. "
)
REVEALED = "We wrote to [EMAIL_1] about the limit of your card, and " + REPLY

HOSTILE = (
    "a." * 4000 + "@", "1 1 1 " * 2700, "1" * 16_000, "4242 4242 " * 1600, "a@" * 8000,
    "my name is " * 1500, "password is " * 1400, "one two " * 2000, "DE75 5121 " * 1600,
    "Lena and " * 1800, "Smith Smith " * 1300, "hi Lena, " * 1800, "12 Main Old Big " * 1000,
    "a at b dot com " * 1060, "AB12345 " * 2000, "\u6211\u53eb\u738b\u5c0f\u660e" * 3200,
)  # fmt: skip
"""Messages as long as are taken, made to be slow."""

_MESSAGES = 50


def seconds(work: Callable[[], None], rounds: int) -> float:
    """Return the median processor time of one round, in seconds."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return sorted(taken)[len(taken) // 2]


def pieces(text: str, size: int) -> list[str]:
    """Return a text cut into deltas of `size` characters."""
    return [text[place : place + size] for place in range(0, len(text), size)]


def main() -> None:
    """Print the figures."""
    vault = Vault(VaultKey(bytes(32)), TenantId("bench"), ConversationId("c"))
    redactor = Redactor()
    redactor.redact(DENSE, vault)
    for name, text in (("clean", CLEAN), ("dense", DENSE)):

        def written(text: str = text) -> None:
            for _ in range(_MESSAGES):
                redactor.redact(text, vault)

        taken = seconds(written, 15)
        print(f"message, {name}, {len(text)} chars: {taken / _MESSAGES * 1e6:8.1f} us")
    for name, text in (("clean", REPLY * 60), ("dense", (DENSE + " ") * 20)):
        deltas = pieces(text, 4)

        def redacted(deltas: list[str] = deltas) -> None:
            stream = StreamRedactor(redactor, vault)
            for delta in deltas:
                stream.feed(delta)
            stream.flush()

        taken = seconds(redacted, 7)
        print(
            f"stream, {name}, 4 chars a delta: {taken / len(deltas) * 1e6:8.2f} us a delta, "
            f"{len(text) / taken / 1e6:.2f} MB/s"
        )
    for text in HOSTILE:

        def found(text: str = text) -> None:
            find(text, NO_HINTS)

        print(f"hostile, 16 KB of {text[:12]!r}: {seconds(found, 3) * 1e3:.0f} ms")
    deltas = pieces(REVEALED * 200, 4)

    def revealed() -> None:
        stream = StreamRevealer(vault)
        for delta in deltas:
            stream.feed(delta)
        stream.flush()

    taken = seconds(revealed, 7)
    print(f"reveal, 4 chars a delta: {len(REVEALED) * 200 / taken / 1e6:.1f} MB/s")


if __name__ == "__main__":
    main()
