"""Doubt: what a wrong reuse changes, and when it is over."""

from dataclasses import replace

from routing.cache.entry import Found
from routing.cache.shadow import RIGHT_TO_RELAX, Doubt, agrees, is_sampled
from tests.routing.cache.samples import ANSWER, Shelf, asked
from tests.routing.samples import CARD_PASSAGE


def test_every_wrong_reuse_halves_the_way_to_the_same_question() -> None:
    once = Doubt().after(False)

    assert once.similarity(0.9) == 0.95
    assert once.after(False).similarity(0.9) > once.similarity(0.9)
    assert once.after(False).similarity(0.9) < 1


def test_many_right_ones_in_a_row_make_it_trust_again_and_a_wrong_one_starts_over() -> None:
    doubt = Doubt().after(False)
    for _ in range(RIGHT_TO_RELAX - 1):
        doubt = doubt.after(True)
    assert doubt.share == 0.5
    assert doubt.after(False).share == 0.75

    for _ in range(RIGHT_TO_RELAX * 5):
        doubt = doubt.after(True)

    assert doubt.share == 0


async def test_the_sample_is_the_same_for_a_turn_and_about_its_share_of_many() -> None:
    entry = await Shelf().cache.learn(asked(), ANSWER)
    assert entry is not None
    found = Found(entry, 0.95, False)

    chosen = [turn for turn in range(5000) if is_sampled(found, f"c{turn}/1", 0.02)]

    assert 60 < len(chosen) < 140
    assert all(is_sampled(found, f"c{turn}/1", 0.02) for turn in chosen)
    assert not any(is_sampled(replace(found, is_exact=True), f"c{n}/1", 1.0) for n in range(50))


def test_answers_agree_when_they_rest_on_the_same_and_say_much_the_same() -> None:
    shorter = replace(ANSWER, text="Your new card arrives within five working days, by post. [1]")
    other = replace(ANSWER, text="Ask a colleague about that. [1]")
    source = replace(ANSWER.sources[0], passage=replace(CARD_PASSAGE, id="fees#1"))

    assert agrees(ANSWER, shorter)
    assert not agrees(ANSWER, other)
    assert not agrees(ANSWER, replace(ANSWER, sources=(source,)))
