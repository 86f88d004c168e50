import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.privacy.kinds import Kind
from bot.privacy.reveal import MOST_HELD_CHARS, StreamRevealer, reveal
from bot.privacy.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.request import Redacted, TenantId


def vault() -> Vault:
    own = Vault(
        VaultKey(b"a secret of sixteen bytes or more"), TenantId("aurelis"), ConversationId("c1")
    )
    own.placeholder_for(Kind.EMAIL, "lena@example.com")
    own.placeholder_for(Kind.DATE_OF_BIRTH, "17/08/1984")
    own.placeholder_for(Kind.SSN, "078-05-1120", one_way=True)
    own.placeholder_for(Kind.CREDIT_CARD, "4242424242424242", one_way=True)
    return own


VAULT = vault()
TABLE = [
    ("sent to [EMAIL_1].", "sent to lena@example.com."),
    ("**[EMAIL_1]**", "**lena@example.com**"),
    ("[email_1] [Email_01] [EMAIL 1] [ EMAIL_1 ]", " ".join(["lena@example.com"] * 4)),
    ("[EMAIL\\_1] \\[EMAIL\\_1\\] [`EMAIL_1`] [**EMAIL_1**]", " ".join(["lena@example.com"] * 4)),
    ("born [DATE_OF_BIRTH_1] [date of birth 1]", "born 17/08/1984 17/08/1984"),
    ("[EMAIL_9] is unknown", "your e-mail address is unknown"),
    ("[SSN_1] and [SECRET_4]", "your social security number and your secret"),
    ("[CREDIT_CARD ****4242].", "[CREDIT_CARD ****4242]."),
    ("[Credit_Card \\*\\*\\*\\*4242]", "[CREDIT_CARD ****4242]"),
    ("[Name 3] [1] [see below] [", "[Name 3] [1] [see below] ["),
    ("a \\ b \\[ c [EMAIL_1", "a \\ b \\[ c [EMAIL_1"),
    ("[[EMAIL_1]]", "[lena@example.com]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), TABLE)
def test_values_come_back_however_the_model_wrote_the_placeholder(text: str, shown: str) -> None:
    assert reveal(Redacted(text), VAULT) == shown


@pytest.mark.parametrize(("text", "shown"), TABLE)
def test_revealing_does_not_depend_on_where_the_stream_is_cut(text: str, shown: str) -> None:
    for cut in range(len(text) + 1):
        stream = StreamRevealer(VAULT)
        came = stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.flush()

        assert came == shown


@pytest.mark.parametrize(("text", "shown"), TABLE)
def test_revealing_comes_out_alike_one_character_at_a_time(text: str, shown: str) -> None:
    stream = StreamRevealer(VAULT)

    assert "".join(map(stream.feed, text)) + stream.flush() == shown


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="[]EMAIL_1 \\*`x\n9", max_size=60),
    st.integers(1, 9),
)
def test_the_law_of_the_revealer_holds_for_anything(text: str, size: int) -> None:
    stream, fed, came = StreamRevealer(VAULT), 0, ""
    for place in range(0, len(text), size):
        piece = text[place : place + size]
        came += stream.feed(piece)
        fed += len(piece)
        assert len(stream._held) <= MOST_HELD_CHARS

    assert came + stream.flush() == reveal(Redacted(text), VAULT)


def test_text_without_a_bracket_passes_at_once() -> None:
    stream = StreamRevealer(VAULT)

    assert [stream.feed("Hel"), stream.feed("lo ["), stream.feed("1]")] == ["Hel", "lo ", "[1]"]
