"""Questions as vectors."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing.cache.acceptance import Known, evidence_of, probability
from routing.cache.gates import traits_of
from routing.cache.vectors import vector_of
from tests.routing.cache.samples import ALIKE, QUESTION, SURE


@given(some.text(max_size=60), some.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_likeness_is_symmetric_and_between_nothing_and_one(one: str, other: str) -> None:
    first, second = vector_of(one), vector_of(other)

    assert first.cosine(second) == second.cosine(first)
    assert 0 <= first.cosine(second) <= 1


def test_a_question_is_most_like_itself_and_its_sketch_tells_nearly_the_same() -> None:
    one, alike, other = (vector_of(text) for text in (QUESTION, ALIKE, "Why was my salary late?"))

    assert one.cosine(one) == pytest.approx(1)
    assert one.cosine(alike) > 0.9
    assert one.cosine(other) < 0.3
    assert float(one.sketch() @ alike.sketch()) == pytest.approx(one.cosine(alike), abs=0.1)


def test_an_empty_text_is_like_nothing() -> None:
    assert vector_of("").cosine(vector_of(QUESTION)) == 0


def test_more_agreement_is_never_less_likely_the_same() -> None:
    one, other = (Known(traits_of(text), SURE) for text in (QUESTION, ALIKE))

    likely = probability(evidence_of(one, other, 0.95))

    assert likely == probability(evidence_of(other, one, 0.95))
    assert probability(evidence_of(one, one, 1.0)) >= likely > 0.96


def test_the_same_rival_speaks_for_two_questions_and_another_one_against_them() -> None:
    traits = traits_of(QUESTION)
    torn = replace(SURE, runners_up=(("transfers", 0.001),))
    alone = replace(SURE, runners_up=())

    likely = [
        probability(evidence_of(Known(traits, SURE), Known(traits, other), 0.95))
        for other in (SURE, alone, torn)
    ]

    assert likely == sorted(likely, reverse=True)
    assert len(set(likely)) == 3
