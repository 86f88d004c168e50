import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import log
from bot.errors import StoreFailed
from bot.log import Author, Body, Choice, ChoicesOffered, Citation, MessageEnded, MessageReset
from bot.stores.codec import BODIES, decode, encode
from routing.request import Redacted

text = st.text(st.characters(codec=None), max_size=8)
st.register_type_strategy(str, text)
bodies: st.SearchStrategy[Body] = st.one_of(*map(st.from_type, get_args(Body)))


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(bodies)
def test_a_body_comes_back_as_it_was(body: Body) -> None:
    written = encode(body)

    assert decode(body.TYPE, written) == body
    assert written.isascii()
    assert encode(decode(body.TYPE, written)) == written


def test_every_body_of_the_log_has_its_type_in_the_table() -> None:
    classes = [kind for kind in vars(log).values() if isinstance(kind, type)]
    named = {vars(kind)["TYPE"] for kind in classes if "TYPE" in vars(kind)}

    assert set(BODIES) == named
    assert len(BODIES) == len(get_args(Body))


def test_a_body_is_plain_json_with_the_words_of_the_wire() -> None:
    body = MessageEnded(
        "m-1",
        Redacted("Hi [EMAIL_1] é"),
        "done",
        Author.HUMAN,
        (Citation(1, "Fees", "", "q"),),
        "t",
    )

    assert json.loads(encode(body)) == {
        "message_id": "m-1",
        "text": "Hi [EMAIL_1] é",
        "status": "done",
        "author": "agent",
        "citations": [{"n": 1, "title": "Fees", "url": "", "quote": "q"}],
        "trace_id": "t",
        "attachments": [],
    }
    assert json.loads(encode(ChoicesOffered((Choice("a", "A"),)))) == {
        "items": [{"id": "a", "label": "A"}]
    }


def test_a_field_that_came_later_takes_its_default() -> None:
    old = '{"message_id":"m","text":"hi","status":"done","author":"bot"}'

    assert decode("message.end", old) == MessageEnded("m", Redacted("hi"), "done", Author.BOT)


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        ("message.sung", "{}"),
        ("message.reset", "{"),
        ("message.reset", "[]"),
        ("message.reset", "{}"),
        ("message.reset", '{"message_id":1}'),
        ("message.reset", '{"message_id":null}'),
        ("message.reset", '{"message_id":"m","more":1}'),
        ("message.delta", '{"message_id":"m","i":"0","text":"customer words"}'),
        ("message.delta", '{"message_id":"m","i":true,"text":"customer words"}'),
        ("message.delta", '{"message_id":"m","i":0.5,"text":"customer words"}'),
        ("message.start", '{"message_id":"m","author":"customer words"}'),
        ("message.start", '{"message_id":"m","author":["bot"]}'),
        ("choices", '{"items":{"id":"a"}}'),
        ("choices", '{"items":[{"id":"a"}]}'),
        ("choices", '{"items":["customer words"]}'),
    ],
)
def test_what_does_not_fit_is_refused_without_its_text(type_: str, written: str) -> None:
    with pytest.raises(StoreFailed, match=repr(type_)) as caught:
        decode(type_, written)

    assert "customer words" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_reset_is_the_shortest_body() -> None:
    assert encode(MessageReset("m")) == '{"message_id":"m"}'
