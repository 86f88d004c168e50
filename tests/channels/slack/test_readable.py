"""What a human typed in Slack, as the customer reads it."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slack.mrkdwn import escaped
from channels.slack.readable import mentioned, readable

NAMES = {"U1": "Dana", "C9": "billing", "S9": "cards"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask <@U1>, <@U2|lee> or <@W3>", "ask @Dana, @lee or @someone"),
        ("in <#C1|general>, <#C9>, <#C9|> or <#C8>", "in #general, #billing, #billing or #channel"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@fraud> <!subteam^S9> <!subteam^S8>", "@fraud @cards @team"),
        ("by <!date^1392734382^{date_num} at {time}^https://x.example|Feb 18>", "by Feb 18"),
        ("<!odd^1> <!odd^1|words>", "words"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
        ("<https://x.example/|our terms>", "our terms (https://x.example/)"),
        ("<http://x.example|x.example>, ok", "http://x.example, ok"),
        ("<mailto:a@x.example|a@x.example>", "a@x.example"),
        ("<mailto:a@x.example|write us>", "write us (a@x.example)"),
        ("<tel:+4930123456|+4930123456>", "+4930123456"),
        ("a &lt;b&gt; &amp;amp; &amp;lt;", "a <b> &amp; &lt;"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("it is *really* done, _yes_, ~no~", "it is **really** done, _yes_, ~no~"),
        ("2*3*4, ** and * x *", "2*3*4, ** and * x *"),
        ("*see <https://x.example/*a*|this>*", "**see this (https://x.example/*a*)**"),
        (
            "done :tada: :+1::skin-tone-3: :unknown_one: 10:30:45",
            "done 🎉 👍🏼 :unknown_one: 10:30:45",
        ),
        ("type `*a* :tada: &lt;b&gt;`", "type `*a* :tada: <b>`"),
        ("```curl <https://x.example/:8080>```", "```\ncurl https://x.example/:8080\n```"),
        ("run:\n```\na *b*\n```\nso *be*", "run:\n\n```\na *b*\n```\n\nso **be**"),
        ("• one\n• two", "• one\n• two"),
        ("&gt; quoted\nfine", "> quoted\nfine"),
        ("  spaced \r\n\n\n\nout\n", "spaced \n\nout"),
        ("", ""),
    ],
)
@pytest.mark.promise("K65")
def test_a_humans_words_reach_the_customer_readable(text: str, shown: str) -> None:
    assert readable(text, NAMES) == shown


@pytest.mark.promise("K65")
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r*`:\n")))
def test_what_was_typed_comes_out_as_it_was_typed(text: str) -> None:
    assert readable(escaped(text), {}) == text.strip()


@pytest.mark.promise("K65")
@given(
    st.lists(
        st.sampled_from(("<", ">", "&", "amp;", "lt;", "@U1", "|", "`", "*", "x", "!here")),
        max_size=20,
    ).map("".join)
)
def test_text_that_looks_like_markup_is_unescaped_once_only(text: str) -> None:
    shown = readable(escaped(text), {})

    assert re.sub(r"[*`\s]", "", shown) == re.sub(r"[*`\s]", "", text)
    assert html.unescape(escaped(text)) == html.unescape(html.escape(text, quote=False))


@given(st.text())
def test_anything_at_all_is_read(text: str) -> None:
    assert "\x00" not in readable(text, {})


def test_those_who_are_mentioned_are_named_once_in_order() -> None:
    assert mentioned("<@U2> <@U1|dana> <@U2> &lt;@U3&gt; <#C1|U4>") == ("U2", "U1")
