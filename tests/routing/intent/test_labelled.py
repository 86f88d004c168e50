import pytest

from routing.intent.labelled import Fields, Labelled, LabelledRefused, read_labelled

USUAL = Fields()


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('{"text": "hi", "intent": "greeting"}', USUAL),
        ('{"utterance": "hi", "label": "greeting", "id": 4}', USUAL),
        ('{"text": "", "message": "hi", "category": "greeting"}', USUAL),
        ('{"q": "hi", "text": "no", "tag": "greeting", "intent": "no"}', Fields("q", "tag")),
        ('\ufeff{"text": "hi", "intent": "greeting"}'.lstrip("\ufeff"), USUAL),
    ],
)
def test_the_fields_are_found_by_their_usual_or_given_names(line: str, fields: Fields) -> None:
    assert list(read_labelled([line], "f", fields)) == [Labelled("hi", "greeting")]


def test_a_number_may_be_a_label_and_blank_lines_are_left_out() -> None:
    lines = ["", '{"text": "hi", "label": 7}\n', "  \n"]

    assert list(read_labelled(lines, "f", USUAL)) == [Labelled("hi", "7")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "JSON list, expected an object"),
        ('{"intent": "a"}', "no text, expected a field 'text' or 'utterance'"),
        ('{"text": "  ", "intent": "a"}', "no text"),
        ('{"text": "hi"}', "no label, expected a field 'intent' or 'label'"),
        ('{"text": "hi", "label": true}', "no label"),
        ('{"text": "hi", "label": null}', "no label"),
    ],
)
def test_a_wrong_line_is_named_without_its_content(line: str, problem: str) -> None:
    with pytest.raises(LabelledRefused) as refused:
        list(read_labelled(['{"text": "hi", "intent": "a"}', line], "test.jsonl", USUAL))

    assert str(refused.value).startswith(f"test.jsonl:2: {problem}")
    assert "hi" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_given_name_is_the_only_one() -> None:
    with pytest.raises(LabelledRefused, match="expected a field 'tag'"):
        list(read_labelled(['{"text": "hi", "intent": "a"}'], "f", Fields(label="tag")))
