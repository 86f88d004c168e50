import json
import logging

from bot.logs import JsonLines


def line(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "copilot.x", "levelname": "INFO", "msg": "a.b", **extra}
    )
    found: dict[str, object] = json.loads(JsonLines().format(record))
    return found


def test_a_record_is_one_object_with_its_fields() -> None:
    fields = line(turn=3)

    assert (fields["event"], fields["level"], fields["turn"]) == ("a.b", "info", 3)


def test_fields_that_could_hold_personal_data_are_left_out() -> None:
    assert "text_pii" not in line(text_pii="kim@example.com")


def test_an_exception_is_named_by_its_class_only() -> None:
    try:
        raise ValueError("kim@example.com")
    except ValueError as error:
        fields = line(exc_info=(type(error), error, error.__traceback__))

    assert fields["class"] == "ValueError"
    assert "kim@example.com" not in json.dumps(fields)
