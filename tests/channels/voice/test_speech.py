import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.speech import MOST_HELD_CHARS, Piece, SpeechStream


def said(text: str, locale: str = "en-US") -> str:
    stream = SpeechStream(locale)
    return stream.feed(text) + stream.flush()


SAID = [
    ("Hello there, how are you?", "Hello there, how are you?"),
    ("It costs **$29.50**.", "It costs twenty-nine dollars and fifty cents."),
    ("__bold__, *it*, _it_, ~~old~~", "bold, it, it, old"),
    ("## Fees\nThe fee", "Fees. The fee"),
    ("Title\n===\ntext", "Title. text"),
    ("Line one\nline two", "Line one line two"),
    ("One\n\nTwo", "One. Two"),
    ("Do:\n- Open the app\n- Tap `Cards`", "Do: Open the app. Tap Cards"),
    ("* a\n* b\n\nText", "a. b. Text"),
    ("1. Open\n2. Close", "First, Open. Second, Close"),
    ("2026. A year", "two thousand twenty-six. A year"),
    ("- [x] Done\n- [ ] Open", "Done. Open"),
    ("> quoted\ntext", "quoted text"),
    ("a\n\n---\n\nb", "a. b"),
    (
        "| Plan | Price |\n|---|---|\n| Basic | $5 |\n\nEnd",
        "Plan, Price. Basic, five dollars. End",
    ),
    ("Run:\n```python\nprint(1)\n```\nDone", "Run: Done"),
    ("```\nnever closed https://x.example", ""),
    ("Type `curl -X POST --data 1` now", "Type now"),
    ("Use `Settings` now", "Use Settings now"),
    ("<br>one<b>two</b> &amp; &euro;5", "onetwo and five euros"),
    ("5 \\* 3", "five three"),
    ("3 * 4", "three times four"),
    ("See [our fees](https://x.example/fees_a).", "See our fees."),
    ("![logo](https://x.example/y.png) Hi", "logo Hi"),
    ("[https://x.example](https://x.example) ok", "ok"),
    ("Visit https://bank.example/a_b?c=1.", "Visit our website."),
    ("More: https://bank.example/fees. Bye", "More. Bye"),
    ("Fees (https://bank.example/fees).", "Fees."),
    ("Go to www.bank.example now", "Go to our website now"),
    ("Go to bank.example/help.", "Go to our website."),
    ("<https://bank.example>", ""),
    ("One euro [1].", "One euro."),
    ("One euro [2][3], free [1, 2].", "One euro, free."),
    ("Fee 【4†source】here", "Fee here"),
    ("We wrote to [EMAIL_1].", "We wrote to your e-mail address."),
    ("Your e-mail is \\[EMAIL\\_1\\].", "Your e-mail is your e-mail address."),
    ("Your card [CREDIT_CARD ****1111] works", "Your card ending in one one one one works"),
    ("the card ****1111", "the card ending in one one one one"),
    ("Hi 👋🏽! ✅ Done 🎉.", "Hi! Done."),
    ("Family 👨‍👩‍👧 and 🇩🇪 flag", "Family and flag"),
    ("Step 1️⃣ open", "Step one open"),
    (":) ok :-D", "ok"),
    ("Mail john.smith@example.com today", "Mail john dot smith at example dot com today"),
    ("a_b+9@x.example", "a underscore b plus nine at x dot example"),
    ("Dr. Smith, e.g. today, approx. 5", "Doctor Smith, for example today, approximately five"),
    ("No. 5 is here. No. I can't.", "number five is here. No. I can't."),
    ("Open at 3 p.m. The branch", "Open at three PM. The branch"),
    ("Open at 3 p.m. on Monday", "Open at three PM on Monday"),
    ("cats, etc. The end", "cats, et cetera. The end"),
    ("Your IBAN and the ATM", "Your I B A N and the A T M"),
    ("May I? May 5 is ok", "May I? May fifth is ok"),
    ("Wait... what?! Yes…", "Wait… what? Yes…"),
    ("A&B, 50% & more", "A and B, fifty percent and more"),
    ("30-day, 3-5 days", "thirty-day, three to five days"),
    ("the fee (one euro) applies", "the fee, one euro, applies"),
    ("Your card(s) too", "Your card too"),
    ("card—the blue one—works", "card, the blue one, works"),
    ("Mon\u2013Fri, Settings → Cards", "Mon to Fri, Settings, Cards"),
    ("“Quoted” and «this»", "Quoted and this"),
    ("and/or snake_case", "and or snake case"),
    ("A1B2C3 and iPhone15", "A one B two C three and iPhone fifteen"),
    ("done.Next one", "done. Next one"),
    ("about ~5 of #7", "about about five of number seven"),
    ("don\u2019t", "don\u2019t"),
    ("", ""),
    (" \n ** \n", ""),
]
ABROAD = [
    ("de-DE", "Siehe https://b.example/x.", "Siehe unsere Website."),
    ("de-DE", "Auf https://b.example steht es", "Auf unserer Website steht es"),
    ("de-DE", "z. B. usw. Dann ca. 10", "zum Beispiel und so weiter. Dann circa zehn"),
    ("de-DE", "1. Öffnen\n2. Tippen", "Erstens, Öffnen. Zweitens, Tippen"),
    ("de-DE", "an [EMAIL_1]", "an Ihre E-Mail-Adresse"),
    ("fr-FR", "M. Dupont, n° 5 !", "monsieur Dupont, numéro cinq!"),
    ("fr-FR", "à https://x.example", "à notre site web"),
    ("fr-FR", "1. Ouvrir", "Premièrement, Ouvrir"),
    ("es-ES", "Sr. López, ¿vale? [PHONE_1]", "señor López, ¿vale? su número de teléfono"),
    ("es-ES", "x@y.example", "x arroba y punto example"),
    (
        "it-IT",
        "**Costa** 29,50 € [1], vedi https://x.example 🎉",
        "Costa 29,50 €, vedi",
    ),
]
FRAGMENTS = [
    *("$29.50", "3 p.m.", " ", "\n", "\n\n", "- ", "1. ", "## ", "**", "*", "_", "`", "```", "~"),
    *("[", "]", "(", ")", "[1]", "[EMAIL_1]", "[CREDIT_CARD ****1111]", "https://a.example/c_d"),
    *("www.", "http", "h", "Dr.", "e.g.", "No.", "Nov", "Nov 24, 2026", "24 November", "US$"),
    *("1 250,00 EUR", "2026-11-24", "15:30", "|", "---", "|---|", "é", "🎉", ".", "!", "?", ","),
    *(
        ":",
        ";",
        "-",
        "\u2013",
        "5",
        "12",
        "0",
        "EUR",
        "Hello",
        "the",
        "<br>",
        "<",
        "&amp;",
        "&",
        "\\",
    ),
    *("z. B.", "Uhr", "+1 555", "%", "x@y.com", "…", "'s", "\ue000", "~~~", "=", "#", "million"),
]
WRITTEN = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), min_size=1, max_size=14).map(
    "".join
)
LOCALES = st.sampled_from(["en-US", "en-GB", "de-DE", "fr-FR", "es-MX", "it-IT"])


@pytest.mark.promise("V48")
@pytest.mark.parametrize(("written", "words"), SAID)
def test_what_is_written_becomes_what_a_voice_can_say(written: str, words: str) -> None:
    assert said(written) == words


@pytest.mark.promise("V48")
@pytest.mark.parametrize(("locale", "written", "words"), ABROAD)
def test_other_languages_have_their_own_words(locale: str, written: str, words: str) -> None:
    assert said(written, locale) == words


@pytest.mark.promise("V33")
@pytest.mark.promise("V48")
@pytest.mark.parametrize("written", [*(row[0] for row in SAID), "\n".join(r[0] for r in SAID[:40])])
def test_what_is_said_does_not_depend_on_where_the_text_was_cut(written: str) -> None:
    whole = said(written)
    single = SpeechStream("en-US")
    for cut in range(0, len(written) + 1, 1 + len(written) // 60):
        stream = SpeechStream("en-US")

        assert stream.feed(written[:cut]) + stream.feed(written[cut:]) + stream.flush() == whole

    assert "".join(map(single.feed, written)) + single.flush() == whole


def test_what_is_no_letter_begins_no_word_however_it_is_cut() -> None:
    whole, single = SpeechStream("en-US"), SpeechStream("en-US")
    text = "\u00b2EUR \u00bdabc?"
    said_whole = whole.feed(text) + whole.flush()

    assert "".join(map(single.feed, text)) + single.flush() == said_whole
    assert single.spans == whole.spans


@settings(max_examples=150, deadline=None)
@given(WRITTEN, LOCALES, st.data())
def test_any_text_is_said_the_same_however_it_is_cut(
    written: str, locale: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(written)))
    single, halves = SpeechStream(locale), SpeechStream(locale)
    pieces, held = list[Piece](), 0
    for letter in written:
        pieces += single.pieces(letter)
        held = max(held, single.held_chars)
    pieces += single.last_pieces()
    whole = said(written, locale)

    assert "".join(piece.text for piece in pieces) == whole
    assert halves.feed(written[:cut]) + halves.feed(written[cut:]) + halves.flush() == whole
    assert held <= MOST_HELD_CHARS
    assert single.spans == halves.spans


@pytest.mark.promise("V48")
@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(" ".join), LOCALES)
def test_no_mark_address_emoji_or_private_character_is_ever_spoken(
    written: str, locale: str
) -> None:
    words = said(written, locale)

    assert not re.search(r"[*_`\[\]<>|\\🎉\ue000-\uf8ff]|https?://|www\.\w|  ", words)
    assert locale == "it-IT" or not re.search(r"\d", words)
    assert words == words.strip()


@pytest.mark.promise("V48")
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("$29.50", "twenty-nine dollars and fifty cents"),
        ("Dr.", "Doctor"),
        ("3 p.m.", "three PM"),
        ("1 250,00 EUR", "one thousand two hundred fifty euros"),
        ("Nov 24, 2026", "November twenty-fourth, twenty twenty-six"),
        ("+1 555 010 0123", "plus one, five five five, zero one zero, zero one two three"),
        ("john@example.com", "john at example dot com"),
    ],
)
def test_a_value_comes_in_one_piece(value: str, words: str) -> None:
    stream = SpeechStream("en-US")
    tokens = [stream.feed(letter) for letter in f"so {value} yes"]

    assert f" {words}" in tokens


def test_the_first_word_goes_out_before_the_sentence_is_complete() -> None:
    stream = SpeechStream("en-US")

    assert stream.feed("Your card ") == "Your card"
    assert stream.feed("is on") == " is"
    assert stream.held_chars == len("on")


def test_a_long_word_an_address_and_a_block_of_code_are_not_held_back() -> None:
    stream = SpeechStream("en-US")
    stream.feed("see https://bank.example/" + "a" * 5_000)

    assert stream.held_chars == 0
    assert len(said("x" * 500)) == 500

    fence = SpeechStream("en-US")
    fence.feed("```\n" + "code\n" * 500)

    assert fence.held_chars == 0


@pytest.mark.promise("V48")
def test_pieces_are_divided_where_sentences_begin_and_nowhere_inside_a_value() -> None:
    stream = SpeechStream("en-US")
    pieces = stream.pieces("It is $29.50. Dr. Smith knows! See you at 3 p.m. The end")

    assert [(p.text, p.begins_sentence) for p in (*pieces, *stream.last_pieces())] == [
        ("It is twenty-nine dollars and fifty cents.", False),
        (" Doctor Smith knows!", True),
        (" See you at three PM.", True),
        (" The", True),
        (" end", False),
    ]


def test_sentences_begin_at_the_same_places_however_the_text_was_cut() -> None:
    written = "One.\n\n- Two\n- Three? Yes. **Four** ends"

    def begins(stream: SpeechStream, parts: list[str]) -> list[int]:
        place, found = 0, list[int]()
        for part in (*parts, ""):
            for piece in stream.pieces(part) if part else stream.last_pieces():
                found += [place] if piece.begins_sentence else []
                place += len(piece.text)
        return found

    whole = begins(SpeechStream("en-US"), [written])

    assert begins(SpeechStream("en-US"), list(written)) == whole
    assert len(whole) == 4


def test_spans_say_what_was_written_for_what_was_said() -> None:
    stream = SpeechStream("en-US")
    written = "It costs **$29.50** now"
    words = stream.feed(written) + stream.flush()
    by_end = {span.said_end: span.written_end for span in stream.spans}

    assert by_end[len("It costs")] == len("It costs")
    assert by_end[len("It costs twenty-nine dollars and fifty cents")] == len("It costs **$29.50")
    assert by_end[len(words)] == len(written)
