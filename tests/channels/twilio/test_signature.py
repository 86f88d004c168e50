"""Whether Twilio has sent it. The traps of the SDK: reference/channels.md 1.2."""

import logging
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.twilio.form import Form, read_form
from channels.twilio.signature import Keys, is_address_signed, is_signed, spellings
from tests.channels.twilio.signing import (
    TOKEN,
    encoded,
    hash_of,
    headers,
    shared_headers,
    signed,
)

URL = "https://bank.example/channels/sms?outbox=7"
FIELDS = [("Body", "hello"), ("From", "+15550123"), ("SomethingNew", "x")]
SHARED = {"webhooks_sharedkey_1": "a-shared-secret"}
KEYS = Keys(TOKEN, SHARED)


def is_form_signed(
    pairs: list[tuple[str, str]], given: Mapping[str, str], url: str = URL, keys: Keys = KEYS
) -> bool:
    body = encoded(pairs)
    return is_signed(url, read_form(body), body, given, keys)


@pytest.mark.promise("S1")
def test_a_form_with_a_field_that_nobody_knows_is_signed_with_it() -> None:
    assert is_form_signed(FIELDS, headers(URL, FIELDS))
    assert not is_form_signed(FIELDS, headers(URL, FIELDS[:2]))


@pytest.mark.promise("S2")
def test_a_blank_field_is_signed() -> None:
    blank = [*FIELDS, ("Blank", "")]

    assert is_form_signed(blank, headers(URL, blank))
    assert not is_form_signed(blank, headers(URL, FIELDS))


@pytest.mark.promise("S3")
def test_of_a_repeated_name_each_distinct_value_is_signed_in_order() -> None:
    repeated = [("Tag", "b"), ("Tag", "a"), ("Tag", "b"), *FIELDS]

    assert is_form_signed(repeated, headers(URL, repeated))
    assert not is_form_signed(repeated, headers(URL, [("Tag", "b"), *FIELDS]))


@pytest.mark.promise("S4")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "wrong"},
        {"X-Twilio-Signature": "\udcff\u20ac"},
        headers(URL, FIELDS, "another-token"),
        {"X-Twilio-Signature": signed(URL, FIELDS)[:-1]},
        {"X-Twilio-Signature": signed(URL, FIELDS) + " "},
    ],
)
def test_a_wrong_a_missing_and_an_empty_signature_are_none(given: dict[str, str]) -> None:
    assert not is_form_signed(FIELDS, given)


def test_the_name_of_the_header_may_be_in_any_case() -> None:
    assert is_form_signed(FIELDS, {"x-TWILIO-signature": signed(URL, FIELDS)})


def test_without_a_token_nothing_is_signed() -> None:
    assert not is_form_signed(FIELDS, headers(URL, FIELDS, ""), keys=Keys(""))
    assert not is_form_signed(
        FIELDS, shared_headers(URL, FIELDS, "k", ""), keys=Keys(TOKEN, {"k": ""})
    )


@pytest.mark.promise("S6")
def test_the_query_is_signed_and_the_fragment_is_not() -> None:
    assert is_form_signed(FIELDS, headers(URL, FIELDS), f"{URL}#rc=2&rp=ct,rt,5xx")
    assert not is_form_signed(FIELDS, headers(URL, FIELDS), URL.replace("7", "8"))
    assert not is_form_signed(FIELDS, headers(f"{URL}#rc=2", FIELDS))


@pytest.mark.parametrize(
    "configured", ["https://bank.example/a?b=c", "https://bank.example:443/a?b=c"]
)
@pytest.mark.parametrize(
    "as_signed", ["https://bank.example/a?b=c", "https://bank.example:443/a?b=c"]
)
def test_the_default_port_may_be_written_or_not_on_either_side(
    configured: str, as_signed: str
) -> None:
    assert is_form_signed(FIELDS, headers(as_signed, FIELDS), configured)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", ("https://a.example", "https://a.example:443")),
        ("http://a.example/x", ("http://a.example/x", "http://a.example:80/x")),
        ("wss://a.example/x", ("wss://a.example/x", "wss://a.example:443/x")),
        ("https://a.example?b", ("https://a.example?b", "https://a.example:443?b")),
        ("https://a.example:8443/x#y", ("https://a.example:8443/x", "https://a.example/x")),
        ("https://[::1]/x", ("https://[::1]/x", "https://[::1]:443/x")),
        ("https://[::1]:443/x", ("https://[::1]:443/x", "https://[::1]/x")),
        ("ftp://a.example/x", ("ftp://a.example/x",)),
        ("no address", ("no address",)),
    ],
)
def test_an_address_is_tried_with_and_without_its_port(url: str, expected: tuple[str, ...]) -> None:
    assert spellings(url) == expected


@pytest.mark.promise("S7")
def test_a_json_body_is_bound_by_its_hash() -> None:
    body = b'{"a": 1}'
    url = f"https://bank.example/x?bodySHA256={hash_of(body)}"

    assert is_signed(url, None, body, headers(url), KEYS)
    assert not is_signed(url, None, b'{"a": 2}', headers(url), KEYS)
    assert not is_signed(url, None, body, headers(url, [("a", "1")]), KEYS)


@pytest.mark.promise("S7")
def test_a_json_body_without_its_hash_in_the_address_is_refused_and_raises_nothing() -> None:
    url = "https://bank.example/x"

    assert not is_signed(url, None, b'{"a": 1}', headers(url), KEYS)
    assert not is_signed(url, None, b"", headers(url), KEYS)


def test_two_hashes_are_none() -> None:
    body = b"{}"
    url = f"https://bank.example/x?bodySHA256={hash_of(b'')}&bodySHA256={hash_of(body)}"

    assert not is_signed(url, None, body, headers(url), KEYS)


def test_fields_do_not_switch_the_check_of_the_hash_off() -> None:
    """The SDK's `validate` of a dict takes any body for the one that the address names."""
    url = f"https://bank.example/x?bodySHA256={hash_of(b'{}')}"

    assert not is_signed(url, Form(), b"", headers(url), KEYS)
    assert not is_signed(url, read_form(b"a=1"), b"a=1", headers(url, [("a", "1")]), KEYS)


@pytest.mark.promise("S8")
def test_a_shared_key_signs_with_hmac_sha256() -> None:
    key, secret = "webhooks_sharedkey_1", "a-shared-secret"

    assert is_form_signed(FIELDS, shared_headers(URL, FIELDS, key, secret))
    assert not is_form_signed(FIELDS, shared_headers(URL, FIELDS, key, "another"))
    assert not is_form_signed(FIELDS, shared_headers(URL, FIELDS, "unknown", secret))
    assert not is_form_signed(FIELDS, shared_headers(URL, FIELDS, key, TOKEN))


@pytest.mark.promise("S8")
@pytest.mark.parametrize(
    "said",
    [
        "key=webhooks_sharedkey_1,algorithm=HMAC_MD5",
        "key=webhooks_sharedkey_1",
        "key=webhooks_sharedkey_1,algorithm=",
        "algorithm=HMAC_SHA256",
        "nonsense",
        ",",
    ],
)
def test_other_settings_of_the_signature_are_refused(
    said: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "a-shared-secret"
    for signature in (
        signed(URL, FIELDS, secret, "sha256"),
        signed(URL, FIELDS, secret, "md5"),
        signed(URL, FIELDS, TOKEN, "sha256"),
        signed(URL, FIELDS),
    ):
        given = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": said}

        with caplog.at_level(logging.DEBUG):
            assert not is_form_signed(FIELDS, given)
    assert not caplog.records


def test_the_upgrade_of_a_socket_is_signed_by_its_address_as_written() -> None:
    url = "wss://bank.example/channels/voice/relay"

    assert is_address_signed(url, headers(url), KEYS)
    assert not is_address_signed(url, headers(url.replace("wss", "https")), KEYS)
    assert not is_address_signed(url, headers(url + "/"), KEYS)
    assert not is_address_signed(url, {}, KEYS)


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
    )
)
@settings(max_examples=60, deadline=None)
def test_any_form_that_twilio_can_sign_is_taken(pairs: list[tuple[str, str]]) -> None:
    body = encoded(pairs)
    assert is_signed(URL, Form(tuple(pairs)), body, headers(URL, pairs), KEYS)


@given(st.text(), st.binary(), st.dictionaries(st.text(), st.text()), st.text(), st.text())
@settings(max_examples=80, deadline=None)
def test_nothing_raises_whatever_comes(
    url: str, body: bytes, more: dict[str, str], signature: str, said: str
) -> None:
    given = {**more, "X-Twilio-Signature": signature}
    given["X-Twilio-Webhooks-Signature-Settings"] = said
    form = Form(tuple(more.items()))

    assert not is_signed(url, form, body, given, KEYS)
    assert not is_signed(f"https://[{url}", None, body, given, KEYS)
    assert not is_address_signed("\udcff" + url, given, KEYS)
