"""Cards come before what is said under others, where a channel cannot take all at once."""

from bot.slack.desk.precedence import GRACE_S, MOST_S, Precedence
from bot.slack.rooms import Room
from bot.slack.target import Target
from channels.base import ConversationId
from channels.slack.base import TeamId

ROOM, OTHER = Room(TeamId("T1"), "C1"), Room(TeamId("T1"), "C2")
ONE, TWO = (Target(ConversationId(name), 1) for name in ("one", "two"))


class Time:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


def test_lines_stand_back_until_the_last_card_that_waits_is_there() -> None:
    cards = Precedence(Time().monotonic)
    before = cards.stands_back_s(ROOM)
    cards.waits(ROOM, ONE, 3.0)
    cards.waits(ROOM, TWO, 8.0)
    with_two, elsewhere = cards.stands_back_s(ROOM), cards.stands_back_s(OTHER)
    cards.came(ROOM, TWO)
    with_one = cards.stands_back_s(ROOM)
    cards.came(ROOM, ONE)

    assert (before, with_two, elsewhere, with_one) == (0.0, 8.0, 0.0, GRACE_S)
    assert cards.stands_back_s(ROOM) == 0.0


def test_a_card_that_does_not_come_again_holds_nobody_back() -> None:
    time = Time()
    cards = Precedence(time.monotonic)
    cards.waits(ROOM, ONE, 3.0)
    time.now += 3.0 + GRACE_S
    still = cards.stands_back_s(ROOM)
    time.now += 0.1

    assert still > 0.0
    assert cards.stands_back_s(ROOM) == 0.0


def test_however_many_cards_come_lines_have_their_turns_after_a_while() -> None:
    time = Time()
    cards = Precedence(time.monotonic)
    backs = []
    for _ in range(int(MOST_S) + 2):
        cards.waits(ROOM, ONE, 3.0)
        backs.append(cards.stands_back_s(ROOM))
        time.now += 1.0

    assert [back > 0.0 for back in backs] == [True] * (int(MOST_S) + 1) + [False]


def test_an_outage_does_not_count_as_waiting() -> None:
    time = Time()
    cards = Precedence(time.monotonic)
    for _ in range(int(MOST_S) + 60):
        cards.waits(ROOM, ONE, 3.0)
        time.now += 1.0
    cards.lost(ROOM)
    lost = cards.stands_back_s(ROOM)
    cards.waits(ROOM, ONE, 3.0)

    assert lost == 0.0
    assert cards.stands_back_s(ROOM) > 0.0
