from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import IllegalEvent
from bot.turns.conversation import (
    BUSY,
    MOST_MERGES,
    TABLE,
    Conversation,
    Effect,
    Happened,
    Pace,
    State,
    diagram,
    step,
    stopped_typing,
)

S, H, E = State, Happened, Effect
PACE = Pace(quiet_s=0.8, longest_s=4.0, typing_longest_s=6.0)
README = Path(__file__).parents[3] / "README.md"


def play(*happened: Happened, start: Conversation | None = None) -> list[Effect]:
    conversation = start or Conversation()
    done: list[Effect] = []
    for one in happened:
        conversation, effects = step(conversation, one, 0.0, PACE)
        done += effects
    return done


def after(*happened: Happened, start: Conversation | None = None) -> Conversation:
    conversation = start or Conversation()
    for one in happened:
        conversation, _ = step(conversation, one, 0.0, PACE)
    return conversation


@pytest.mark.parametrize(("state", "happened"), list(product(State, Happened)))
def test_every_pair_has_a_row_or_changes_nothing(state: State, happened: Happened) -> None:
    conversation = Conversation(state=state)

    if (state, happened) in TABLE:
        assert step(conversation, happened, 0.0, PACE)[0].state is TABLE[state, happened][0]
    else:
        with pytest.raises(IllegalEvent, match=happened.name):
            step(conversation, happened, 0.0, PACE)


def test_quiet_after_a_message_starts_a_turn() -> None:
    assert play(H.SPOKE, H.QUIET_CAME) == [E.WAIT, E.START_TURN]


@pytest.mark.promise("B1")
def test_a_message_before_the_first_text_cancels_and_merges() -> None:
    assert play(H.SPOKE, H.QUIET_CAME, H.SPOKE, H.QUIET_CAME) == [
        E.WAIT,
        E.START_TURN,
        E.CANCEL_TURN,
        E.WAIT,
        E.START_TURN,
    ]


@pytest.mark.promise("B1")
def test_after_two_merges_the_turn_is_left_alone_and_the_rest_is_answered_next() -> None:
    merged = [H.SPOKE, H.QUIET_CAME] * (MOST_MERGES + 1)

    assert play(*merged, H.SPOKE)[-1] is E.START_TURN
    assert after(*merged, H.SPOKE).state is S.THINKING
    assert play(*merged, H.SPOKE, H.TURN_SPOKE, H.TURN_ENDED)[-1] is E.WAIT
    assert after(*merged, H.SPOKE, H.TURN_SPOKE, H.TURN_ENDED).state is S.GATHERING


@pytest.mark.promise("B1")
def test_a_message_after_the_first_text_lets_the_sentence_end_and_is_answered_next() -> None:
    speaking = (H.SPOKE, H.QUIET_CAME, H.TURN_SPOKE)

    assert play(*speaking, H.SPOKE, H.SPOKE, H.TURN_ENDED)[2:] == [E.FINISH_SENTENCE, E.WAIT]
    assert after(*speaking, H.SPOKE, H.TURN_ENDED).state is S.GATHERING


def test_a_reply_that_nobody_interrupts_leaves_the_conversation_idle() -> None:
    assert after(H.SPOKE, H.QUIET_CAME, H.TURN_SPOKE, H.TURN_ENDED) == Conversation(turn=1)


def test_asking_for_a_human_in_mid_reply_stops_it_and_hands_over() -> None:
    assert play(H.SPOKE, H.QUIET_CAME, H.TURN_SPOKE, H.ASKED_FOR_HUMAN)[2:] == [
        E.STOP_TURN,
        E.HAND_OVER,
    ]


@pytest.mark.promise("B4")
@pytest.mark.parametrize("state", sorted(BUSY, key=str))
def test_a_human_who_joins_ends_whatever_the_bot_is_doing(state: State) -> None:
    joined, effects = step(Conversation(state=state), H.HUMAN_JOINED, 0.0, PACE)

    assert joined.state is S.WITH_HUMAN
    assert effects in ((E.CANCEL_TURN,), (E.STOP_TURN,))


@pytest.mark.promise("B4")
def test_while_a_human_has_the_floor_nothing_makes_the_bot_speak() -> None:
    silent = Conversation(state=S.WITH_HUMAN)

    for happened in (H.SPOKE, H.TYPED, H.ASKED_FOR_HUMAN, H.PRESSED_STOP):
        assert step(silent, happened, 0.0, PACE) == (silent, ())


@pytest.mark.promise("B1")
def test_typing_puts_the_answer_off_but_not_for_ever() -> None:
    spoke, _ = step(Conversation(), H.SPOKE, 10.0, PACE)
    typed, _ = step(spoke, H.TYPED, 10.5, PACE)
    again, _ = step(typed, H.SPOKE, 13.9, PACE)

    assert spoke.quiet_at == 10.8
    assert typed.quiet_at == 16.0
    assert stopped_typing(typed, 11.0, PACE).quiet_at == 11.8
    assert again.quiet_at == 14.0


def test_stopping_to_type_while_nothing_is_gathered_changes_nothing() -> None:
    assert stopped_typing(Conversation(), 1.0, PACE) == Conversation()


@given(st.lists(st.sampled_from(Happened), max_size=30))
def test_turn_numbers_only_rise_and_quiet_is_set_only_while_gathering(
    happened: list[Happened],
) -> None:
    conversation = Conversation()
    for now, one in enumerate(happened):
        try:
            following, effects = step(conversation, one, float(now), PACE)
        except IllegalEvent:
            continue

        assert following.turn == conversation.turn + (E.START_TURN in effects)
        assert (following.quiet_at is not None) == (following.state is S.GATHERING)
        assert following.merges <= MOST_MERGES
        conversation = following


def test_a_cancelled_turn_leaves_no_trace_in_what_is_behind() -> None:
    behind = replace(Conversation(state=S.THINKING), merges=MOST_MERGES)
    noticed, _ = step(behind, H.SPOKE, 0.0, PACE)

    assert noticed.is_behind
    assert not step(noticed, H.HUMAN_JOINED, 0.0, PACE)[0].is_behind


def test_the_readme_draws_the_table_as_it_is() -> None:
    assert diagram() in README.read_text("utf-8")
