"""Where customers are in Slack, and what of it is a customer's."""

import pytest

from bot.slack.customers.place import Place, conversation_at, home_of, place_of, remark_in
from channels.base import ConversationId
from tests.bot.slack.customers.stage import TEAM


def test_places_and_ids_are_read_back() -> None:
    place = Place(TEAM, "D1", "1700000000.000100")
    top = Place(TEAM, "D1")

    assert conversation_at(place) == "slack-T1-D1-1700000000-000100"
    assert [home_of(conversation_at(one)) for one in (place, top)] == [place, top]
    assert home_of(ConversationId("0123")) is None
    event = {"user": "U1", "channel": "D1", "ts": "1700000001.000200"}
    remark = remark_in(TEAM, event)
    assert remark is not None
    assert place_of(remark.client_id) == Place(TEAM, "D1", "1700000001.000200")
    reply = remark_in(TEAM, {**event, "thread_ts": place.thread})
    assert reply is not None
    assert place_of(reply.client_id) == place
    assert place_of("w1") is None


@pytest.mark.parametrize(
    "odd",
    [
        {"user": "", "channel": "D1", "ts": "1.1"},
        {"user": "U1", "channel": "D1", "ts": "now"},
        {"user": "U1", "channel": "../x", "ts": "1.1"},
        {"user": "U1", "channel": "D1", "ts": "1.1", "thread_ts": "x"},
        {"user": "U1", "channel": "D1", "ts": "1.1", "bot_id": "B1"},
        {"user": "USLACKBOT", "channel": "D1", "ts": "1.1"},
        {"user": "U1", "channel": "D1", "ts": "1.1", "subtype": "channel_join"},
    ],
)
def test_what_no_person_wrote_is_no_remark(odd: dict[str, str]) -> None:
    assert remark_in(TEAM, odd) is None
