"""Ids that tell nobody a number, and how fast a number may send."""

from dataclasses import replace

import pytest

from bot.sms.addresses import Names, Route, per_s_of
from bot.sms.terms import USUAL_SMS
from channels.twilio.base import Address

OURS, THEIRS = Address("+15550100"), Address("+15550123")
NAMES = Names(b"a secret of thirty-two characters")


def route(ours: str = OURS, theirs: str = THEIRS, service: str = "") -> Route:
    return Route(Address(ours), Address(theirs), service)


def test_no_id_tells_a_number() -> None:
    ids = (
        NAMES.conversation(route()),
        NAMES.consent(route()),
        NAMES.own(OURS),
        NAMES.sender(route()),
    )

    assert len(set(ids)) == 4
    assert not any("5550" in one for one in ids)
    assert "5550" not in repr(route())


@pytest.mark.promise("S23")
def test_each_pair_of_addresses_is_a_conversation() -> None:
    conversation = NAMES.conversation(route())

    assert len(conversation) == len("sms-") + 24
    assert conversation == Names(b"a secret of thirty-two characters").conversation(route())
    others = [
        Names(b"another secret of as many characters").conversation(route()),
        NAMES.conversation(route(ours="+15550101")),
        NAMES.conversation(route(ours=f"whatsapp:{OURS}", theirs=f"whatsapp:{THEIRS}")),
        NAMES.conversation(route(ours=THEIRS, theirs=OURS)),
    ]
    assert len({conversation, *others}) == 5


def test_an_opt_out_covers_the_number_or_its_whole_service() -> None:
    service = "MG" + "5" * 32

    assert NAMES.consent(route()) != NAMES.consent(route(ours="+15550101"))
    assert NAMES.consent(route(service=service)) == NAMES.consent(
        route(ours="+15550101", service=service)
    )
    assert NAMES.consent(route(theirs=f"rcs:{THEIRS}")) == NAMES.consent(route())


def test_only_what_we_have_signed_is_opened() -> None:
    signed = NAMES.signed("sms-1-2-0")

    assert NAMES.opened(signed) == "sms-1-2-0"
    for wrong in ("", ".", "sms-1-2-0", f"{signed}0", signed.replace("2", "3", 1), "\u00e9.\u00e9"):
        assert NAMES.opened(wrong) is None


@pytest.mark.promise("S27")
@pytest.mark.parametrize(
    ("ours", "per_s"),
    [
        ("+15550100", 1.0),
        ("+18885550100", 3.0),
        ("12345", 100.0),
        ("BANK", 1.0),
    ],
)
def test_each_kind_of_number_has_its_pace(ours: str, per_s: float) -> None:
    assert per_s_of(route(ours), USUAL_SMS) == per_s
    assert per_s_of(route(ours), replace(USUAL_SMS, per_s=7.0)) == 7.0
