import pytest

from channels.sms.graphemes import is_inside

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
GERMANY, FRANCE = "\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.promise("S20")
@pytest.mark.parametrize(
    "one",
    [
        FAMILY,
        GERMANY,
        SCOTLAND,
        "\U0001f44d\U0001f3fd",
        "\u2764\ufe0f\u200d\U0001f525",
        "1\ufe0f\u20e3",
        "e\u0301",
        "q\u0307\u0323",
        "\u0915\u094d\u0937\u093f",
        "\u0995\u09cd\u200d\u09b7",
        "\u0ba8\u0bbf",
        "\u0e01\u0e33",
        "\u1112\u1161\u11ab",
        "\ud55c\u11ab",
        "\u1112\ud55c",
        "\u0600\u0661",
        "\r\n",
    ],
)
def test_no_cut_is_inside_what_a_reader_takes_for_one_character(one: str) -> None:
    text = f"a{one}b"
    inside = [at for at in range(len(text) + 1) if is_inside(text, at)]

    assert inside == list(range(2, len(one) + 1))


def test_between_characters_a_cut_is_allowed() -> None:
    text = f"ab {GERMANY}{FRANCE}{FAMILY}\u0915\ud55c\ud55c\n\u0301"
    allowed = [at for at in range(len(text) + 1) if not is_inside(text, at)]

    assert allowed == [0, 1, 2, 3, 5, 7, 12, 13, 14, 15, 16, 17]


def test_a_mark_after_a_new_line_is_on_its_own() -> None:
    assert not is_inside("a\n\u0301", 2)
    assert not is_inside("a\u0301\n", 2)
    assert not is_inside("", 0)


def test_flags_go_in_pairs_however_many_there_are() -> None:
    flags = (GERMANY + FRANCE) * 3

    assert [at for at in range(len(flags)) if is_inside(flags, at)] == list(range(1, 12, 2))
