"""Whose turn it is: the table, and what happens when nothing does."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from channels.voice.turn_taking import (
    TABLE,
    Call,
    Effect,
    Happened,
    IllegalMoment,
    Manners,
    State,
    diagram,
    due,
    filled,
    playing_until,
    said,
    spoke_on,
    step,
    worked,
)

MANUAL = Path(__file__).parents[3] / "docs" / "twilio.md"
M = Manners(chars_per_s=10.0)
S, H, E = State, Happened, Effect
ONLY_WHEN_DUE = {H.UNHEARD, H.SILENT, H.SILENT_AGAIN, H.SILENT_WAITING}


def play(*happened: Happened, call: Call | None = None) -> list[Effect]:
    call = call or Call()
    effects: list[Effect] = []
    for one in happened:
        call, done = step(call, one, 0.0)
        effects += done
    return effects


@pytest.mark.parametrize(("state", "happened"), list(itertools.product(State, Happened)))
def test_every_pair_has_a_row_or_is_refused_and_changes_nothing(
    state: State, happened: Happened
) -> None:
    call = Call(state=state)

    if (state, happened) in TABLE:
        after, effects = step(call, happened, 1.0)
        assert (after.state, effects) == TABLE[state, happened]
    else:
        assert happened in ONLY_WHEN_DUE
        with pytest.raises(IllegalMoment):
            step(call, happened, 1.0)


@pytest.mark.parametrize("state", State)
def test_whatever_is_due_is_legal(state: State) -> None:
    for flags in itertools.product((False, True), repeat=3):
        call = Call(state=state, was_asked_again=flags[0], is_waiting=flags[1], has_filled=flags[2])
        next_up = due(call, M)

        assert next_up is not None
        assert (state, next_up[1]) in TABLE


@pytest.mark.promise("V39")
def test_who_speaks_into_an_answer_cuts_it_before_he_is_taken() -> None:
    assert play(H.SPOKE, H.BEGAN, H.SPOKE) == [E.ACCEPT, E.TRUNCATE, E.ACCEPT]


@pytest.mark.promise("V36")
def test_an_answer_that_is_all_sent_can_be_cut_while_it_plays() -> None:
    assert play(H.SPOKE, H.BEGAN, H.SENT, H.CUT_IN) == [E.ACCEPT, E.TRUNCATE]


@pytest.mark.promise("V50")
def test_a_silent_caller_is_asked_once_then_told_goodbye_which_is_played_before_the_end() -> None:
    call, now = Call(), 0.0
    effects: list[Effect] = []
    for _ in range(5):
        next_up = due(call, M)
        if next_up is None:
            break
        now = next_up[0]
        call, done = step(call, next_up[1], now)
        effects += done
        if done and done[0] is not E.END:
            call = said(call, 20, now, M)

    assert effects == [E.ASK_AGAIN, E.SAY_GOODBYE, E.END]
    assert call.is_over
    assert due(call, M) is None
    assert now == 20.0 + 2.0 + 20.0 + 2.0


def test_who_speaks_before_goodbye_is_over_is_heard() -> None:
    call, _ = step(Call(was_asked_again=True), H.SILENT_AGAIN, 0.0)
    after, effects = step(call, H.SPOKE, 1.0)

    assert (after.state, effects) == (S.THINKING, (E.TRUNCATE, E.ACCEPT))
    assert not after.is_goodbye
    assert not after.was_asked_again


def test_a_transfer_is_not_undone_by_what_the_caller_says() -> None:
    call, _ = step(Call(), H.LEAVES, 0.0)
    after, effects = step(call, H.SPOKE, 1.0)

    assert (after.state, effects) == (S.ENDING, (E.ACCEPT,))


def test_who_waits_for_a_human_is_never_told_goodbye() -> None:
    assert due(Call(is_waiting=True, was_asked_again=True), M) == (20.0, H.SILENT_WAITING)


@pytest.mark.promise("V41")
def test_the_first_filler_comes_after_seven_tenths_of_a_second_of_nothing() -> None:
    call, _ = step(Call(), H.SPOKE, 10.0)

    assert due(call, M) == (10.7, H.UNHEARD)


@pytest.mark.promise("V49")
def test_fillers_come_again_so_that_there_are_never_three_seconds_of_nothing() -> None:
    call, _ = step(Call(), H.SPOKE, 0.0)
    silent_from, now, longest_s = 0.0, 0.0, 0.0
    for _ in range(10):
        next_up = due(call, M)
        assert next_up is not None
        now = next_up[0]
        call, effects = step(call, next_up[1], now)
        longest_s = max(longest_s, now - silent_from)
        assert effects == (E.FILL,)
        call = filled(call, 12, now, M)
        silent_from = playing_until(call)

    assert longest_s < 3.0


def test_an_answer_takes_the_place_of_a_filler_that_plays() -> None:
    call = filled(Call(state=S.THINKING), 100, 0.0, M)
    call = said(call, 10, 2.0, M)

    assert playing_until(call) == 3.0


def test_an_answer_that_stalls_is_filled_too() -> None:
    call, _ = step(Call(), H.SPOKE, 0.0)
    call, _ = step(call, H.BEGAN, 0.5)
    call = said(call, 10, 0.5, M)

    assert due(call, M) == (1.5 + M.refill_s, H.UNHEARD)


def test_the_vendor_knows_better_when_we_have_stopped_speaking() -> None:
    call = spoke_on(said(Call(state=S.TAIL), 100, 0.0, M), True, 0.5)
    later = due(call, M)
    ended = due(spoke_on(call, False, 4.0), M)

    assert later == (25.0, H.PLAYED)
    assert ended == (4.8, H.PLAYED)


def test_a_turn_that_is_over_without_a_word_is_over() -> None:
    call, _ = step(Call(), H.SPOKE, 0.0)
    call = worked(replace(call, has_filled=True, filler_until=5.0), False, 1.0)

    assert due(call, M) == (2.0, H.SENT)
    assert due(worked(call, True, 1.5), M) == (5.0 + M.refill_s, H.UNHEARD)


def test_partial_words_put_silence_off() -> None:
    call, _ = step(Call(), H.STIRRED, 15.0)

    assert due(call, M) == (35.0, H.SILENT)


def test_the_manual_draws_the_table_as_it_is() -> None:
    assert diagram() in MANUAL.read_text("utf-8")
