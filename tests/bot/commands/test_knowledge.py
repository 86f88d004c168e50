import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.knowledge import FAQ_DRAFT, command
from bot.stores.base import Head, Record, Write
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from routing.request import TenantId
from tests.bot.stores.samples import NOW

URL = "https://help.example.org/pin"
PIN = f"---\nurl: {URL}\n---\n# Change your PIN\n\nTap **Change PIN** in the app.\n"
FAQ = '{"id": "fees", "title": "Fees", "text": "A replacement card costs 10 euros."}\n'


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--data", str(folder / "data")])


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb/pin.md").write_text(PIN)
    (tmp_path / "kb/faq.jsonl").write_text(FAQ)
    return tmp_path


def test_a_folder_is_added_then_left_alone_then_updated(kb: Path) -> None:
    first = run(kb, "add", str(kb / "kb"))
    second = run(kb, "add", str(kb / "kb"))
    (kb / "kb/pin.md").write_text(PIN + "\nIt is free.\n")
    third = run(kb, "add", str(kb / "kb"))

    assert (first.output, first.exit_code) == ("2 added, 0 updated, 0 unchanged\n", 0)
    assert second.output == "0 added, 0 updated, 2 unchanged\n"
    assert third.output == "0 added, 1 updated, 1 unchanged\n"


def test_what_cannot_be_read_is_named_in_one_line_and_the_rest_is_added(kb: Path) -> None:
    (kb / "kb/faq.jsonl").write_text(FAQ + "oops\n")
    result = run(kb, "add", str(kb / "kb"), str(kb / "nope.md"))

    assert result.exit_code == 1
    assert result.stdout == "2 added, 0 updated, 0 unchanged, 2 not read\n"
    assert result.stderr.splitlines() == [
        f"{kb}/nope.md: there is no such file or folder",
        f"{kb}/kb/faq.jsonl:2: not JSON (Expecting value: line 1 column 1 (char 0))",
    ]


def test_the_summary_is_there_as_json(kb: Path) -> None:
    result = run(kb, "add", str(kb / "kb"), str(kb / "nope.md"), "--json")

    assert json.loads(result.stdout) == {
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "unread": [
            {"source": f"{kb}/nope.md", "problem": "there is no such file or folder"},
        ],
    }


def test_the_same_id_in_two_places_is_reported_and_the_first_one_kept(kb: Path) -> None:
    (kb / "kb/more.jsonl").write_text(FAQ.replace("10", "12"))
    result = run(kb, "add", str(kb / "kb"))

    assert result.exit_code == 1
    assert f"more.jsonl:1: id 'fees' is already in {kb}/kb/faq.jsonl:1" in result.stderr
    assert "10 euros" in run(kb, "search", "replacement card").output


def test_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run(tmp_path, "add", str(tmp_path / "empty"))

    assert result.exit_code == 1
    assert "no file that can be read" in result.stderr


def test_adding_nothing_is_bad_use(tmp_path: Path) -> None:
    assert run(tmp_path, "add").exit_code == 2


def test_the_list_shows_titles_and_addresses(kb: Path) -> None:
    run(kb, "add", str(kb / "kb"))
    lines = run(kb, "list").output.splitlines()
    listed = json.loads(run(kb, "list", "--json").output)

    assert lines[0].startswith("Change your PIN  (30 characters, https://help.example.org/pin)")
    assert lines[1].endswith("faq.jsonl:1)")
    assert [one["title"] for one in listed] == ["Change your PIN", "Fees"]


def test_an_empty_list_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "list")

    assert result.exit_code == 0
    assert "copilot knowledge add PATH" in result.output


def test_a_search_shows_the_best_first_and_fails_when_nothing_fits(kb: Path) -> None:
    run(kb, "add", str(kb / "kb"))
    found = run(kb, "search", "how do I change my PIN", "--limit", "1")
    as_json = json.loads(run(kb, "search", "change PIN", "--json").output)
    nothing = run(kb, "search", "football")

    assert found.output.startswith("1. Change your PIN")
    assert "Tap **Change PIN** in the app." in found.output
    assert as_json[0]["url"] == "https://help.example.org/pin"
    assert (nothing.exit_code, nothing.stderr) == (1, "nothing fits\n")


def test_another_tenant_does_not_see_them(kb: Path) -> None:
    policy = kb / "other.yaml"
    policy.write_text("tenant: other\nversion: 1\nbrand: {name: Other}\n")
    run(kb, "add", str(kb / "kb"))

    assert run(kb, "search", "change PIN", "--policy", str(policy)).exit_code == 1


def test_without_gaps_it_says_so_plainly(kb: Path) -> None:
    assert "no gaps are recorded" in run(kb, "gaps").output
    assert run(kb, "gaps", "--json").output == "[]\n"


async def keep_gap(path: Path) -> None:
    conversation = ConversationId("c1")
    head = Head(conversation, TenantId("aurelis"), "web", "", "en")
    gap = Record("gap", "g1", conversation, NOW, '{"question": "Do you sell gold?"}')
    store = await open_sqlite(path)
    await store.commit(Write(conversation, NOW, create=head, records=(gap,)))
    await store.close()


def test_gaps_are_the_questions_that_had_no_answer(kb: Path) -> None:
    asyncio.run(keep_gap(kb / "data/copilot.db"))

    assert run(kb, "gaps").output == "2026-11-24 12:00  Do you sell gold?\n"
    assert json.loads(run(kb, "gaps", "--json").output)[0]["question"] == "Do you sell gold?"


async def keep_draft(path: Path) -> None:
    conversation = ConversationId("c" * 32)
    head = Head(conversation, TenantId("aurelis"), "web", "", "en")
    fields = {
        "question": "Can I pay my fees at the counter?",
        "answer": "Yes, before noon.\nBring (…).",
        "locale": "en",
        "human": "slack:T1:U1",
        "is_flagged": True,
    }
    draft = Record(FAQ_DRAFT, "h1", conversation, NOW, json.dumps(fields))
    store = await open_sqlite(path)
    await store.commit(Write(conversation, NOW, create=head, records=(draft,)))
    await store.close()


def test_a_draft_of_a_human_becomes_an_article_once_somebody_has_read_it(kb: Path) -> None:
    nothing = run(kb, "drafts").output
    asyncio.run(keep_draft(kb / "data/copilot.db"))
    shown = run(kb, "drafts").output
    (kb / "faq.jsonl").write_text(run(kb, "drafts", "--articles").output)
    added = run(kb, "add", str(kb / "faq.jsonl"))

    assert nothing.startswith("no drafts yet")
    assert shown.splitlines() == [
        "2026-11-24T12:00 ! Can I pay my fees at the counter?",
        "    Yes, before noon. Bring (…).",
    ]
    assert json.loads(run(kb, "drafts", "--json").output)[0]["is_flagged"] is True
    assert "1 added" in added.output
    assert run(kb, "search", "fees at the counter").output.startswith("1. Can I pay my fees")


def test_every_command_shows_an_example_in_its_help() -> None:
    for name in ("add", "list", "search", "gaps", "drafts"):
        assert "Example: copilot knowledge" in CliRunner().invoke(command, [name, "--help"]).output
