"""The estimate before a call and the ledger of one request."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import BudgetExceeded
from routing.money.budget import Ledger, estimate_tokens, most_output_tokens
from routing.money.prices import UNLIMITED, load_prices
from routing.request import ModelName

TODAY = date(2026, 11, 24)

TEXTS = {
    "english": "Why was I charged twice for the same coffee on Monday morning?",
    "german": "Kreditkartenabrechnungszeitraum und Rechtsschutzversicherung",
    "french": "Où est passé mon relevé ? L'été dernier, ça marchait très bien.",
    "polish": "Dlaczego pobrano opłatę? Zażółć gęślą jaźń.",
    "russian": "Почему деньги списали дважды?",
    "greek": "Γιατί χρεώθηκα δύο φορές;",
    "arabic": "لماذا تم خصم المبلغ مرتين؟",
    "hebrew": "למה חויבתי פעמיים?",
    "hindi": "मुझसे दो बार शुल्क क्यों लिया गया?",
    "thai": "ทำไมฉันถูกเรียกเก็บเงินสองครั้ง",
    "japanese": "なぜ二回請求されたのですか?",
    "chinese": "为什么我被收了两次钱?",
    "korean": "왜 두 번 청구되었나요?",
    "emoji": "😀😀👍🏽 👩‍👩‍👧‍👦 🇪🇺",
    "digits": "4111 1111 1111 1111, 0044 20 7946 0958",
    "code": 'if (x != y) { return "$" + z[0]; } // ???',
    "json": '{"a":[1,2,3],"b":{"c":null},"d":"\\u00e9"}',
    "lines": "one\n\n\n\ttwo\r\n    three",
    "placeholders": "[EMAIL_1] wrote from [IP_ADDRESS_2] about [CREDIT_CARD ****1111]",
    "short words": "a b c d e f g h I j",
}


def least_tokens(text: str) -> float:
    """Return what no tokenizer of the vendors goes below for such text.

    Vendors say that English has about four characters a token; nothing that people write has fewer
    tokens than a quarter of its bytes, or than half of its words.
    """
    return max(len(text.encode()) / 4, len(text.split()) / 2)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_an_estimate_is_not_below_what_any_tokenizer_makes(text: str) -> None:
    assert estimate_tokens(text) >= least_tokens(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        (" ", 0),
        ("a", 1),
        ("the", 1),
        ("card", 2),
        ("Rechtsschutz", 4),
        ("1234", 4),
        ("a b", 2),
        ("a, b!", 4),
        ("\n\n", 2),
        ("a" + " " * 17 + "b", 3),
        ("é", 1),
        ("漢字", 4),
        ("😀", 4),
        ("aé漢😀", 8),
        ("\ud800", 2),
    ],
)
def test_the_estimate_counts_words_marks_and_bytes(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_an_estimate_of_english_is_at_most_twice_a_quarter_of_its_characters() -> None:
    text = TEXTS["english"] * 20

    assert len(text) / 4 < estimate_tokens(text) < len(text) / 2


@given(st.text(), st.text())
def test_a_join_costs_no_more_than_its_parts_and_a_part_no_more_than_the_whole(
    a: str, b: str
) -> None:
    whole = estimate_tokens(f"{a}\n{b}")

    assert whole <= estimate_tokens(a) + 1 + estimate_tokens(b)
    assert whole >= max(estimate_tokens(a), estimate_tokens(b))


AMOUNTS = st.decimals(0, 1, places=6, allow_nan=False)


@given(
    name=st.sampled_from(["claude-haiku-4.5", "claude-opus-4.7", "claude-haiku-5.5", "gpt-5.5"]),
    left=AMOUNTS,
    input_tokens=st.integers(0, 400_000),
)
def test_what_is_left_pays_for_that_many_tokens_and_not_for_one_more(
    name: str, left: Decimal, input_tokens: int
) -> None:
    price = load_prices().price(ModelName(name), TODAY)
    most = most_output_tokens(left, price, input_tokens)

    if most > 0:
        assert price.worst(input_tokens, most) <= left
    assert price.worst(input_tokens, most + 1) > left


def test_an_answer_that_costs_nothing_has_no_limit_by_price() -> None:
    price = load_prices().price(ModelName("offline"), TODAY)

    assert most_output_tokens(Decimal(0), price, 1_000) == UNLIMITED
    assert most_output_tokens(Decimal(-1), price, 1_000) == 0


def test_a_ledger_gives_no_more_than_the_cap() -> None:
    ledger = Ledger(Decimal("0.010"))
    first = ledger.reserve(Decimal("0.006"))

    assert ledger.left_usd == Decimal("0.004")
    with pytest.raises(BudgetExceeded, match=r"needs up to \$0.005, \$0.004 is left"):
        ledger.reserve(Decimal("0.005"))
    ledger.settle(first, Decimal("0.002"))
    assert (ledger.spent_usd, ledger.reserved_usd) == (Decimal("0.002"), Decimal(0))
    assert ledger.left_usd == Decimal("0.008")


def test_what_was_spent_before_counts() -> None:
    assert Ledger(Decimal("0.01"), spent_usd=Decimal("0.007")).left_usd == Decimal("0.003")


def test_a_vendor_that_bills_more_is_booked_in_full_and_nothing_is_left() -> None:
    ledger = Ledger(Decimal("0.010"))
    ledger.settle(ledger.reserve(Decimal("0.005")), Decimal("0.020"))

    assert ledger.spent_usd == Decimal("0.020")
    assert ledger.left_usd == 0


def test_settling_twice_is_a_mistake_of_ours() -> None:
    ledger = Ledger(Decimal(1))
    reservation = ledger.reserve(Decimal("0.5"))
    ledger.settle(reservation, Decimal(0))

    with pytest.raises(AssertionError, match="is settled already"):
        ledger.settle(reservation, Decimal(0))


@pytest.mark.promise("R2")
@given(cap=AMOUNTS, steps=st.lists(st.tuples(AMOUNTS, st.integers(0, 100), st.booleans())))
def test_spent_and_reserved_never_exceed_the_cap(
    cap: Decimal, steps: list[tuple[Decimal, int, bool]]
) -> None:
    ledger = Ledger(cap)
    open_reservations = []
    for amount, percent, settles in steps:
        try:
            open_reservations.append(ledger.reserve(amount))
        except BudgetExceeded:
            assert amount > ledger.left_usd
        if settles and open_reservations:
            reservation = open_reservations.pop(0)
            ledger.settle(reservation, reservation.amount_usd * percent / 100)

        assert ledger.spent_usd + ledger.reserved_usd <= cap
        assert ledger.left_usd == cap - ledger.spent_usd - ledger.reserved_usd
