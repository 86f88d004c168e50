"""What others wrote, as Slack reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slack.mrkdwn import escaped, harmless

NASTY = st.lists(
    st.one_of(
        st.sampled_from(
            (
                "<!channel>",
                "@here",
                "<@U1>",
                "<#C1|x>",
                "*",
                "_",
                "~",
                "`",
                "```",
                "&lt;",
                ">",
                "\n",
            )
        ),
        st.sampled_from(
            (":fire:", "[a](https://x.example)", "\\", "**", "https://x.example/_a_", "|")
        ),
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)
ENTITY = re.compile(r"<[^<>]*>")
OWN_LINK = re.compile(r"<(?:https?://|mailto:)[^\s<>|]+(?:\|[^<>|\n]+)?>", re.IGNORECASE)
BARE = re.compile(r"(?:^|[^0-9A-Za-z])[@#]\w|:[a-z0-9_+-]*[a-z][a-z0-9_+-]*:")
EMPHASIS = re.compile(r"(?<!\w)([*_~])(?=\S)[^\n]*?(?<=\S)\1(?!\w)|`")
QUOTED = re.compile(r"^\s*(?:>|&gt;)", re.MULTILINE)
TURNERS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\x00\r")


@pytest.mark.promise("K76")
@given(NASTY)
def test_a_customers_text_pings_nobody_and_formats_nothing(text: str) -> None:
    shown = harmless(text)

    assert "<" not in shown
    assert ">" not in shown
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
    assert not BARE.search(re.sub(r"https?://\S+", "", shown))
    assert not EMPHASIS.search(shown)
    assert not QUOTED.search(shown)
    assert not TURNERS & set(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> hi", "&lt;!channel&gt; hi"),
        ("@here, @channel", "@\u200bhere, @\u200bchannel"),
        ("_@here_", "\u02cd@\u200bhere\u02cd"),
        ("*bold* and 2*3*4", "\u2217bold\u2217 and 2*3*4"),
        ("snake_case [EMAIL_1]", "snake_case [EMAIL_1]"),
        ("```rm -rf```", "\u02cb\u02cb\u02cbrm -rf\u02cb\u02cb\u02cb"),
        (">>> swallow\nall > this", "\u203a\u203a\u203a swallow\nall &gt; this"),
        ("me@bank.example at 10:30:45 :fire:", "me@bank.example at 10:30:45 :\u200bfire:"),
        ("https://x.example/@dana#part_1?a=_b_", "https://x.example/@dana#part_1?a=%5Fb%5F"),
        ("a\r\nb\u202ec\x07", "a\nbc"),
        ("Grüße, 你好 & שלום 👍🏽", "Grüße, 你好 &amp; שלום 👍🏽"),
    ],
)
@pytest.mark.promise("K76")
def test_a_customers_text_looks_the_same(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text(alphabet="ab1 ,.äß漢\n", max_size=60))
def test_plain_words_stay_plain(text: str) -> None:
    def words(of: str) -> list[str]:
        return of.split()

    assert words(harmless(text)) == words(text)
    assert escaped(text) == text
