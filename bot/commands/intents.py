"""`copilot intents`: train a classifier of intents, and measure one."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import click

from bot.redact import Redactor
from bot.tenant import load_tenant
from bot.vault import Vault, VaultKey
from channels.base import ConversationId
from routing.intent.labelled import Fields, Labelled, read_labelled
from routing.intent.layers import Layers, layers_of
from routing.intent.linear import Effort
from routing.intent.measure import Report, report_of, verdict_of
from routing.intent.rules import keywords_of
from routing.intent.stored import load_model, save_model
from routing.intent.train import OUT_OF_SCOPE, Model, train
from routing.request import Redacted, TenantId

DEMO = Path(__file__).parent.parent / "demo" / "policy.yaml"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
text_option = click.option("--text-field", default="", help="Field of the message; else guessed.")
label_option = click.option("--label-field", default="", help="Field of the intent; else guessed.")
oos_option = click.option(
    "--oos", default=OUT_OF_SCOPE, show_default=True, help="Label of what belongs to no intent."
)


class BadUse(click.ClickException):
    """A file or option cannot be used: one line, exit code 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of labelled messages are read."""

    fields: Fields
    out_of_scope: str
    """The label that stands for no intent."""

    def messages(self, file: Path) -> Sequence[Labelled]:
        """Return the messages of a file, without personal data; never none.

        Raises:
            LabelledRefused: a line is not a labelled message.
            BadUse: the file has no message, or is not UTF-8.
        """
        try:
            lines = file.read_text("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise BadUse(f"{file}: byte {error.start} is not UTF-8, expected UTF-8") from None
        found = [self._named(one) for one in read_labelled(lines, str(file), self.fields)]
        if not found:
            raise BadUse(f"{file}: no message, expected one JSON object a line")
        return found

    def _named(self, message: Labelled) -> Labelled:
        if message.intent == self.out_of_scope:
            return replace(message, intent=OUT_OF_SCOPE)
        return message


@click.group(epilog="Example: copilot intents eval questions.jsonl --policy policy.yaml")
def command() -> None:
    """Train and measure the intents of a policy."""


@command.command("train", epilog="Example: copilot intents train labelled.jsonl --out model.npz")
@click.argument("file", type=FILE)
@click.option("--out", type=NEW_FILE, required=True, help="Where the model goes (.npz).")
@text_option
@label_option
@oos_option
def train_command(file: Path, out: Path, text_field: str, label_field: str, oos: str) -> None:
    """Train on FILE, one {"text", "intent"} a line, and store the model.

    Texts are redacted first; the model holds numbers and the names of intents, no text.
    """
    if not out.parent.is_dir():
        raise BadUse(f"{str(out.parent)!r} is not a folder, expected one for --out")
    messages = Reading(Fields(text_field, label_field), oos).messages(file)
    model = trained(messages, file)
    save_model(model, out)
    intents = len(model.intents)
    click.echo(f"{out}: {intents} intents from {len(messages)} messages, {out.stat().st_size} bytes")


def trained(messages: Iterable[Labelled], file: Path) -> Model:
    """Return a model of redacted messages, with a progress bar while it is made.

    Raises:
        BadUse: no message of an intent has a word in it.
    """
    effort = Effort()
    redact = throwaway_redaction(Redactor())
    pairs = [(redact(message.text), message.intent) for message in messages]
    with click.progressbar(length=effort.passes, label="training", file=stderr()) as bar:
        model = train(pairs, effort, lambda: bar.update(1))
    if model is None:
        raise BadUse(f"{file}: no message of an intent has a word in it, expected some")
    return model


def throwaway_redaction(redactor: Redactor) -> Callable[[str], Redacted]:
    """Return what redacts a message by itself and forgets its personal data."""
    key = VaultKey(bytes(32))
    return lambda text: redactor.redact(text, Vault(key, NO_TENANT, THROWAWAY))


@command.command("eval", epilog="Example: copilot intents eval test.jsonl --train train.jsonl")
@click.argument("file", type=FILE)
@click.option("--policy", type=FILE, envvar="COPILOT_POLICY", help="Policy; else the demo's.")
@click.option("--train", "examples", type=FILE, help="Train on this file instead of a policy.")
@click.option("--model", type=FILE, help="Use a model of `intents train` instead of a policy.")
@text_option
@label_option
@oos_option
@click.option("--min-accuracy", type=click.FloatRange(0, 1), help="Exit code 1 below this.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def eval_command(ctx: click.Context, /, **chosen: Unpack[Chosen]) -> None:
    """Measure on FILE, one {"text", "intent"} a line, how well intents are recognised.

    Without --train and --model the policy is measured: its keywords and its examples. Texts are
    redacted first, as in a conversation.
    """
    ...
