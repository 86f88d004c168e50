from bot.log import Citation
from bot.turns.citations import citations_of
from routing.models.base import Cited
from routing.request import Passage, Redacted

PIN = Passage("pin#0", "PIN", "https://help.example/pin", Redacted("Tap Change PIN."), 1.0)
FEES = Passage("fees#2", "Fees", "", Redacted("It is free."), 0.5)


def test_marks_count_in_the_passages_where_the_model_says_nothing_of_them() -> None:
    assert citations_of("It is free [2]. Tap it [1][2].", {}, (PIN, FEES)) == (
        Citation(1, "PIN", "https://help.example/pin", "Tap Change PIN."),
        Citation(2, "Fees", "", "It is free."),
    )


def test_what_the_model_says_of_a_source_holds() -> None:
    cited = {1: Cited(1, "fees#2", "free")}

    assert citations_of("Yes [1].", cited, (PIN, FEES)) == (Citation(1, "Fees", "", "free"),)


def test_a_number_without_a_source_names_none() -> None:
    cited = {1: Cited(1, "gone#0", "free")}

    assert citations_of("Yes [1], no [0], perhaps [7].", cited, (PIN, FEES)) == ()
