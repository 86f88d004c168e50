import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelRefused
from channels.sms.inbound import Inbound, MediaRef, inbound_of, media_type_of
from channels.twilio.base import Address
from channels.twilio.form import Form

SID = "SM" + "a" * 32
LEAST = {"MessageSid": SID, "From": "+15550123", "To": "+15550100"}


def form(**fields: str) -> Form:
    return Form(tuple({**LEAST, **fields}.items()))


def test_a_message_is_read() -> None:
    inbound = inbound_of(
        form(
            AccountSid="AC1",
            MessagingServiceSid="MG1",
            Body=" Hello ",
            NumMedia="0",
            FromCity="SPRINGFIELD",
            Unknown="x",
        )
    )

    assert inbound == Inbound(
        SID, "AC1", "MG1", Address("+15550123"), Address("+15550100"), " Hello ", (), ""
    )
    for hidden in ("+1555", "Hello"):
        assert hidden not in repr(inbound)


def test_a_message_may_be_nothing_but_files() -> None:
    inbound = inbound_of(
        form(
            Body="",
            NumMedia="2",
            MediaUrl0="https://api.twilio.com/a",
            MediaContentType0="image/PNG; charset=binary",
            MediaUrl1="https://api.twilio.com/b",
            MediaContentType1="nonsense",
        )
    )

    assert inbound.text == ""
    assert inbound.media == (
        MediaRef("https://api.twilio.com/a", "image/png"),
        MediaRef("https://api.twilio.com/b", ""),
    )
    assert "api.twilio.com" not in repr(inbound)


def test_no_more_than_ten_files_are_taken_whatever_is_said() -> None:
    many = {f"MediaUrl{at}": f"https://api.twilio.com/{at}" for at in range(30)}

    assert len(inbound_of(form(NumMedia="x", **many)).media) == 10


@pytest.mark.parametrize(
    ("said", "expected"), [("STOP", "STOP"), (" start ", "START"), ("HELP", "HELP"), ("X", "")]
)
def test_what_twilio_has_understood_is_kept(said: str, expected: str) -> None:
    assert inbound_of(form(OptOutType=said)).opt_out == expected


@pytest.mark.promise("S23")
def test_an_address_keeps_its_prefix() -> None:
    inbound = inbound_of(form(From="whatsapp:+15550123", To="whatsapp:+15550100"))

    assert inbound.sender == "whatsapp:+15550123"


def test_the_old_names_of_the_sid_do() -> None:
    old = Form((("SmsSid", SID), ("From", "12345"), ("To", "+15550100")))

    assert inbound_of(old).sid == SID


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"MessageSid": ""}, "no_message_sid"),
        ({"MessageSid": "SM1"}, "no_message_sid"),
        ({"MessageSid": "AC" + "a" * 32}, "no_message_sid"),
        ({"From": " "}, "no_address"),
        ({"To": ""}, "no_address"),
        ({"To": "+1" * 200}, "no_address"),
        ({"From": "+1555\x000123"}, "no_address"),
    ],
)
def test_what_is_no_message_is_refused(fields: dict[str, str], code: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        inbound_of(form(**fields))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("image/jpeg", "image/jpeg"),
        (" Text/X-VCard ;a=b", "text/x-vcard"),
        ("x", ""),
        ("a/b c", ""),
    ],
)
def test_a_media_type_is_bare_and_lower_case(value: str, expected: str) -> None:
    assert media_type_of(value) == expected


@given(
    st.dictionaries(
        st.sampled_from(["MessageSid", "From", "To", "Body", "MediaUrl0", "OptOutType"]), st.text()
    )
)
def test_any_form_is_a_message_or_refused(fields: dict[str, str]) -> None:
    try:
        inbound = inbound_of(form(**fields))
    except ChannelRefused:
        return
    assert inbound.sender.isprintable()
