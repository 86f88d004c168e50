"""By SMS an answer ends with the sentence that still fits."""

from pathlib import Path

import pytest

from bot.log import MessageDelta
from channels.sms.segments import segments
from routing.models.base import Text
from routing.models.scripted import Script
from tests.bot.stage import END, staged, words

SENTENCE = "A new card arrives within five working days, and costs $29.50 by courier. "
LONG = SENTENCE * 12


@pytest.mark.parametrize("piece", [1, 7, 80, len(LONG)])
async def test_an_answer_by_sms_has_three_segments_however_it_came(
    tmp_path: Path, piece: int
) -> None:
    pieces = [Text(LONG[at : at + piece]) for at in range(0, len(LONG), piece)]
    script: Script = (*pieces, END)
    async with staged(tmp_path, [script], channel="sms") as stage:
        await stage.say("When will my card arrive?")
        [answer] = await stage.answers()
        events = await stage.until_idle()
        deltas = [event.body.text for event in events if isinstance(event.body, MessageDelta)]

        assert answer.text == "".join(deltas)
        assert answer.text.strip() == (SENTENCE * 6).strip()
        assert segments(answer.text).count == 3
        assert answer.status == "done"
        assert stage.model.open_streams == 0
        assert (await stage.turns())[0]["outcome"] == "answered"


async def test_a_sentence_without_an_end_is_cut_at_a_word(tmp_path: Path) -> None:
    one = "A card " + "and another card " * 40 + "arrives."
    async with staged(tmp_path, [(*words(one), END)], channel="sms") as stage:
        await stage.say("When will my card arrive?")
        [answer] = await stage.answers()

        assert answer.text == one[: len(answer.text)]
        assert answer.text.endswith(" ")
        assert segments(answer.text).count <= 3


async def test_what_does_not_end_with_a_full_stop_is_said_if_it_fits(tmp_path: Path) -> None:
    async with staged(tmp_path, [(*words("In five days"), END)], channel="sms") as stage:
        await stage.say("When will my card arrive?")

        assert (await stage.answers())[0].text == "In five days"


async def test_on_other_channels_an_answer_may_be_long(tmp_path: Path) -> None:
    async with staged(tmp_path, [(*words(LONG), END)]) as stage:
        await stage.say("When will my card arrive?")

        assert (await stage.answers())[0].text == LONG
