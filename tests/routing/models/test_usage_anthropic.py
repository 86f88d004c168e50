"""What Anthropic says of the bill before and after an answer."""

import pytest

from routing.models.base import Counted
from routing.models.usage_anthropic import UsageReport
from routing.request import Usage


def test_what_is_counted_of_the_prompt_is_known_before_the_answer() -> None:
    report = UsageReport()
    first = {"input_tokens": 12, "cache_read_input_tokens": 4000, "output_tokens": 1}

    assert report.begin(first) == (Counted(Usage(12, 0, 4000)),)
    assert report.counted() == (Usage(estimated=True), ())


@pytest.mark.parametrize("said", [None, "much", {}, {"output_tokens": 1}, {"input_tokens": "12"}])
def test_a_first_event_without_a_count_of_the_prompt_says_nothing(said: object) -> None:
    assert UsageReport().begin(said) == ()
