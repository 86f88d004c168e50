"""The keys of the API, and what a test key is good for."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.api.errors import UnknownKey
from bot.api.keys import KEYS_FILE, KeyFile, NoSuchKey, made_key
from bot.commands.keys import command
from bot.errors import SettingsRefused
from routing.request import TenantId
from tests.bot.api.front import QUESTION, Json, fronted

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TENANT = TenantId("aurelis")


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--data", str(folder)])


def test_a_key_is_shown_once_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    made = run(tmp_path, "create", "--test", "--note", "for CI")
    secret = made.stdout.strip()
    file = tmp_path / KEYS_FILE
    listed = run(tmp_path, "list").stdout

    assert secret.startswith("sk_test_")
    assert len(secret) > 40
    assert secret not in file.read_text()
    assert secret not in listed
    assert "for CI" in listed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert KeyFile(tmp_path).holder(f"Bearer {secret}", TENANT).is_test


def test_a_revoked_key_opens_nothing_and_a_server_that_runs_takes_note(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    made = json.loads(run(tmp_path, "create", "--json").stdout)
    assert made["key"].startswith("sk_live_")
    holder = keys.holder(f"Bearer {made['key']}", TENANT)

    result = run(tmp_path, "revoke", holder.id)

    assert result.exit_code == 0
    with pytest.raises(UnknownKey):
        keys.holder(f"Bearer {made['key']}", TENANT)
    assert [key["is_revoked"] for key in json.loads(run(tmp_path, "list", "--json").stdout)] == [
        True
    ]


def test_revoking_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchKey, match="copilot keys list"):
        KeyFile(tmp_path).revoke("abc")


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    made = [made_key(TENANT, False, str(n), NOW)[1] for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: KeyFile(tmp_path).add(key), made))

    assert {key.id for key in KeyFile(tmp_path).all()} == {key.id for key in made}


def test_a_folder_without_keys_says_how_to_make_one(tmp_path: Path) -> None:
    assert "copilot keys create" in run(tmp_path, "list").stdout


def test_a_broken_file_is_named_and_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / KEYS_FILE).write_text("{")

    with pytest.raises(SettingsRefused, match=KEYS_FILE):
        KeyFile(tmp_path).holder("Bearer sk_live_x", TENANT)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer \udcff"]
)
def test_nothing_but_the_whole_key_opens(tmp_path: Path, authorization: str) -> None:
    keys = KeyFile(tmp_path)
    secret, key = made_key(TENANT, False, "", NOW)
    keys.add(key)

    with pytest.raises(UnknownKey):
        keys.holder(authorization.replace("{}", secret), TENANT)


def test_a_key_of_another_tenant_opens_nothing(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    secret, key = made_key(TenantId("other"), False, "", NOW)
    keys.add(key)

    with pytest.raises(UnknownKey):
        keys.holder(f"Bearer {secret}", TENANT)


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/traces/x", "/v1/decisions", "/v1/billing", "/v1/conversations/x"]
)
async def test_without_a_key_everything_is_401_in_json(tmp_path: Path, path: str) -> None:
    async with fronted(tmp_path) as front:
        status, answer = await front.get(path, "sk_live_nobody")

        assert status == 401
        assert answer["error"]["trace_id"]


async def test_a_test_key_is_answered_by_simulated_models_and_never_billed(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        answer = await front.ask(key=front.test)
        _, bill = await front.get("/v1/billing")

        assert answer["routing"]["attempts"][0]["vendor_id"] == "sandbox"
        assert front.model.requests == []
        assert bill["total"] is None


async def test_a_test_key_may_let_a_model_fail_on_purpose(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        fault = {"fault": "claude-haiku-4.5:cut_after_3"}
        more: Json = {"models": ["claude-haiku-4.5"], "fallback": {"models": ["gpt-6-luna"]}}
        answer = await front.ask(key=front.test, metadata=fault, **more)
        attempts = answer["routing"]["attempts"]
        again = await front.ask(key=front.test, **more)

        assert attempts[0]["failed"] == "cut"
        assert attempts[-1]["failed"] is None
        assert answer["output"] == again["output"]
        assert again["routing"]["attempts"][0]["model"] == "claude-haiku-4.5"


async def test_live_and_test_keys_do_not_see_each_others_records(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        live, test = await front.ask(), await front.ask(QUESTION, front.test)
        seen = {}
        for name, key in (("live", front.live), ("test", front.test)):
            _, page = await front.get("/v1/decisions", key)
            seen[name] = [item["trace_id"] for item in page["items"]]
            for trace in (live["trace_id"], test["trace_id"]):
                status, _ = await front.get(f"/v1/traces/{trace}", key)
                side = "live" if trace == live["trace_id"] else "test"
                talk, _ = await front.get(f"/v1/conversations/api-{side}-{trace}", key)
                assert status == talk == (200 if trace in seen[name] else 404)

        assert seen == {"live": [live["trace_id"]], "test": [test["trace_id"]]}
