import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.heard import heard_prefix
from channels.voice.speech import SpeechStream

FEES = (
    "It costs **$29.50** a month [1]. Call Dr. Smith at 3 p.m. today, please. "
    "See [our fees](https://x.example/z) first."
)
MONTH = "It costs twenty-nine dollars and fifty cents a month."
SMITH = f"{MONTH} Call Doctor Smith at three PM today, please."
LIST = "## Steps\n\n- Open the *app*\n- Tap `Cards` twice\n\nDone, thanks."
HIDDEN = "We wrote to [EMAIL_1] about your card [CREDIT_CARD ****1111] today."
REVEALED = "We wrote to john.smith@example.com about your card [CREDIT_CARD ****1111] today."
DATED = "From Nov 24, 2026 on you pay 1,250.00 EUR, or 5%, by IBAN."
HEARD = [
    (FEES, "", ""),
    (FEES, "  \n", ""),
    (FEES, "It", "It"),
    (FEES, "it costs", "It costs"),
    (FEES, "IT  COSTS,", "It costs"),
    (FEES, "It costs twenty-nine", "It costs"),
    (FEES, "It costs twenty-nine dollars", "It costs"),
    (FEES, "It costs twenty-nine dollars and fifty", "It costs **$29.50**"),
    (FEES, "It costs twenty nine dollars and fifty cents", "It costs **$29.50**"),
    (FEES, "It costs twenty-nine fifty", "It costs **$29.50**"),
    (FEES, "It costs 29.50", "It costs **$29.50**"),
    (FEES, "It costs $29.50", "It costs **$29.50**"),
    (FEES, "It costs 29,50", "It costs **$29.50**"),
    (FEES, "it costs **$29.50** a", "It costs **$29.50** a"),
    (FEES, "It costs 29.50 a month", "It costs **$29.50** a month"),
    (FEES, MONTH, "It costs **$29.50** a month"),
    (FEES, f"{MONTH} Call", "It costs **$29.50** a month [1]. Call"),
    (FEES, f"{MONTH} Call Doctor", "It costs **$29.50** a month [1]. Call Dr."),
    (FEES, "It costs $29.50 a month. Call Dr. Smith", FEES[: FEES.index(" at 3")]),
    (FEES, f"{MONTH} Call Doctor Smith at three PM", FEES[: FEES.index(" today")]),
    (FEES, SMITH, FEES[: FEES.index(" See")]),
    (FEES, SMITH.replace(" ", "\n "), FEES[: FEES.index(" See")]),
    (FEES, SMITH.upper(), FEES[: FEES.index(" See")]),
    (FEES, f"{SMITH} See our", FEES[: FEES.index(" [our")]),
    (FEES, f"{SMITH} See our fees", FEES[: FEES.index(" first")]),
    (FEES, f"{SMITH} See our fees first.", FEES),
    (FEES, "Call Doctor Smith at three PM today", FEES[: FEES.index(" please")]),
    (FEES, "...a month. Call Doctor Smith", FEES[: FEES.index(" at 3")]),
    (FEES, "something else entirely", "something else entirely"),
    (FEES, " something  else ", "something  else"),
    (FEES, "...", "..."),
    (FEES, "It cost twenty-nine dollars and fifty cents a month", FEES[: FEES.index(" [1]")]),
    (LIST, "Steps", "## Steps"),
    (LIST, "Steps. Open the app.", "## Steps\n\n- Open the *app*"),
    (LIST, "steps open the", "## Steps\n\n- Open the"),
    (LIST, "Steps. Open the app. Tap cards", "## Steps\n\n- Open the *app*\n- Tap `Cards`"),
    (LIST, "Steps. Open the app. Tap cards twice. Done, thanks.", LIST),
    (HIDDEN, "We wrote to your", "We wrote to"),
    (HIDDEN, "We wrote to your e-mail address", "We wrote to [EMAIL_1]"),
    (HIDDEN, "We wrote to your e-mail address about your", "We wrote to [EMAIL_1] about your"),
    (HIDDEN, "we wrote to your email address about your", "We wrote to [EMAIL_1] about your"),
    (
        HIDDEN,
        "We wrote to your e-mail address about your card ending in one one one one today",
        HIDDEN,
    ),
    (DATED, "From November", "From"),
    (DATED, "From November twenty-fourth, twenty twenty-six on", "From Nov 24, 2026 on"),
    (DATED, "From November twenty fourth twenty twenty six", "From Nov 24, 2026"),
    (
        DATED,
        "From Nov 24, 2026 on you pay one thousand two hundred fifty euros",
        "From Nov 24, 2026 on you pay 1,250.00 EUR,",
    ),
    (DATED, "From Nov 24 2026 on you pay 1250.00 euros", "From Nov 24, 2026 on you pay 1,250.00"),
    (
        DATED,
        "From November twenty-fourth, twenty twenty-six on you pay one thousand two hundred fifty "
        "euros, or five percent, by I B",
        DATED[: DATED.index(" IBAN")],
    ),
    ("Yes.", "yes", "Yes."),
    ("Yes.", "no", "no"),
    ("Don\u2019t worry, it\u2019s free.", "don't worry", "Don\u2019t worry,"),
    ("Wi-Fi is free", "Wi", ""),
    ("Wi-Fi is free", "Wi Fi", "Wi-Fi"),
    ("the fee is the fee for the card", "the fee is the", "the fee is the"),
    ("Hi 🎉 there", "hi there", "Hi 🎉 there"),
    ("Hi 🎉 there you", "hi", "Hi"),
    ("Más información aquí", "mas informacion", "Más información"),
    ("See https://x.example/a for more", "see our website", "See https://x.example/a"),
    ("| A | B |\n|---|---|\n| one | two |", "A, B. one", "| A | B |\n|---|---|\n| one"),
    ("1. Open it\n2. Close it", "First, open it. Second, close", "1. Open it\n2. Close"),
    ("", "anything", "anything"),
]
WITH_PERSONAL_DATA = [
    ("We wrote to", "We wrote to"),
    ("We wrote to john", "We wrote to"),
    ("We wrote to john dot smith at example", "We wrote to [EMAIL_1]"),
    ("We wrote to john.smith@example.com about your", "We wrote to [EMAIL_1] about your"),
    ("We wrote to john dot smith at example dot com about", "We wrote to [EMAIL_1] about"),
    (
        "We wrote to john dot smith at example dot com about your card ending in one one one one",
        "We wrote to [EMAIL_1] about your card [CREDIT_CARD ****1111]",
    ),
]


@pytest.mark.promise("V38")
@pytest.mark.promise("V35")
@pytest.mark.parametrize(("written", "utterance", "prefix"), HEARD)
def test_what_was_heard_is_a_prefix_of_what_was_written(
    written: str, utterance: str, prefix: str
) -> None:
    stream = SpeechStream("en-US")
    said = stream.feed(written) + stream.flush()

    assert heard_prefix(said, written, utterance) == prefix
    assert heard_prefix(said, written, utterance, stream.spans) == prefix


@pytest.mark.promise("V38")
@pytest.mark.parametrize(("utterance", "prefix"), WITH_PERSONAL_DATA)
def test_the_log_keeps_its_placeholders_when_the_value_was_spoken(
    utterance: str, prefix: str
) -> None:
    stream = SpeechStream("en-US")
    said = stream.feed(REVEALED) + stream.flush()

    assert heard_prefix(said, HIDDEN, utterance, stream.spans, REVEALED) == prefix


@pytest.mark.promise("V35")
@settings(max_examples=80, deadline=None)
@given(st.sampled_from([FEES, LIST, HIDDEN, DATED]), st.integers(0, 400))
def test_hearing_more_never_makes_the_prefix_shorter(written: str, cut: int) -> None:
    stream = SpeechStream("en-US")
    said = stream.feed(written) + stream.flush()
    words = said.split()
    heard = [" ".join(words[: min(size, len(words))]) for size in (cut % len(words), len(words))]
    first, whole = (heard_prefix(said, written, text, stream.spans) for text in heard)

    assert written.startswith(first)
    assert len(first) <= len(whole)
    assert whole == written


def test_a_long_answer_is_aligned_in_one_look() -> None:
    written = " ".join(f"Sentence {n} costs ${n}.50 and **more**." for n in range(120))
    stream = SpeechStream("en-US")
    said = stream.feed(written) + stream.flush()
    half = said[: said.index("Sentence sixty ")]

    assert (
        heard_prefix(said, written, half, stream.spans) == written[: written.index(" Sentence 60")]
    )
