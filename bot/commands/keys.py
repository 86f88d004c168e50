"""`copilot keys`: make, list and revoke the keys of the API."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.api.keys import Key, KeyFile, made_key
from bot.tenant import load_tenant

DEMO = Path(__file__).parent.parent / "demo" / "policy.yaml"
FOLDER = click.Path(file_okay=False, path_type=Path)
data_option = click.option(
    "--data", type=FOLDER, envvar="COPILOT_DATA_DIR", default=Path(".copilot"),
    help="Data folder.", show_default=True,
)  # fmt: skip
policy_option = click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="COPILOT_POLICY", default=DEMO, help="Policy; names the tenant. Default: the demo's.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
test_option = click.option("--test", "is_test", is_flag=True, help="Test keys (sk_test_…).")


@click.group(epilog="Example: copilot keys create --test")
def command() -> None:
    """Make, list and revoke the keys of the HTTP API.

    A running server takes note at once. A test key is answered by simulated models: its calls are
    never billed, and `metadata.fault` lets them fail on purpose.
    """


@command.command(epilog='Example: copilot keys create --test --note "CI of the web shop"')
@test_option
@click.option("--note", default="", help="What it is for; shown in the list.")
@data_option
@policy_option
@json_option
def create(is_test: bool, note: str, data: Path, policy: Path, as_json: bool) -> None:
    """Make a key and show it, this once: only its digest is kept."""
    secret, key = made_key(load_tenant(policy).id, is_test, note[:200], datetime.now(UTC))
    KeyFile(data).add(key)
    if as_json:
        click.echo(json.dumps({"key": secret, **_fields(key)}, ensure_ascii=False))
        return
    click.echo(secret)
    click.echo(f"Key {key.id} of {key.tenant}. It is not shown again.", err=True)


@command.command("list", epilog="Example: copilot keys list --json")
@test_option
@data_option
@json_option
def list_command(is_test: bool, data: Path, as_json: bool) -> None:
    """List the keys by id; what opens the door is not among what is kept."""
    keys = [key for key in KeyFile(data).all() if key.is_test or not is_test]
    if as_json:
        click.echo(json.dumps([_fields(key) for key in keys], ensure_ascii=False))
        return
    for key in keys:
        kind = "test" if key.is_test else "live"
        state = "revoked" if key.is_revoked else "valid"
        click.echo(f"{key.id}  {kind}  {state:7}  {key.made_at}  {key.tenant}  {key.note}".rstrip())
    if not keys:
        click.echo("no keys: make one with `copilot keys create --test`")


@command.command(epilog="Example: copilot keys revoke 1f0c9a2e")
@click.argument("key_id")
@data_option
def revoke(key_id: str, data: Path) -> None:
    """Revoke the key with this id, for good; exit code 1 when there is none."""
    KeyFile(data).revoke(key_id)
    click.echo(f"Key {key_id} opens nothing any more.")


def _fields(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "is_test": key.is_test,
        "made_at": key.made_at,
        "note": key.note,
        "is_revoked": key.is_revoked,
    }
