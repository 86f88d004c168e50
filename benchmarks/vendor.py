"""A vendor for benchmarks: Anthropic's emulator with an answer as a support desk gets it.

`python -m benchmarks.vendor --pace 0.02` runs it in a process of its own.
"""

import argparse
import asyncio

from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.server import TOKEN, serve

ANSWER = """\
Thank you for waiting, I have looked into this for you. The payment of $48.20 on 14 November is \
still pending, which means that the shop has reserved the amount but has not taken it yet [1]. \
Most shops collect within 3 to 5 working days; after 7 days the reservation ends by itself and the \
money is free again [1]. You can see it in the app under Account, Pending. If the shop has told \
you that the order was cancelled, ask them to release the reservation, since only they can do it \
earlier [2]. Should the payment be one that you did not make, block the card in the app under \
Cards, Block, and call us on 555-0142 at any hour; we then send a new card, which takes five \
working days and is free of charge [2]. I will write to [EMAIL_1] once the payment has been \
booked. Is there anything else that I can do for you?"""
TOKENS = len(TOKEN.findall(ANSWER))
"""Frames with text per answer: one word each."""
QUESTION = (
    "Hi, a card payment has been pending for days and the shop says it was cancelled. When do I "
    "get my money back? You can reach me at jo.miller@example.com, thanks!"
)


def tokens_of(count: int) -> list[str]:
    """Return the first tokens of the answer."""
    return TOKEN.findall(ANSWER)[:count]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="length of the answer")
    parser.add_argument("--skip", type=int, default=0, help="tokens left out at the start")
    chosen = parser.parse_args()
    answer = "".join(tokens_of(chosen.tokens)[chosen.skip :]).lstrip()
    asyncio.run(serve(AnthropicEmulator(answer, chosen.pace)))
