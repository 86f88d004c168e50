"""`copilot intents`: train a classifier of intents, and measure one."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

import click

from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from bot.tenant import load_tenant
from channels.base import ConversationId
from routing.errors import PolicyRefused
from routing.intent.labelled import Fields, Labelled, LabelledRefused, read_labelled
from routing.intent.layers import Layers, layers_of
from routing.intent.linear import Effort
from routing.intent.measure import Report, report_of, verdict_of
from routing.intent.opinion import ASK_BELOW, is_uncertain
from routing.intent.rules import keywords_of
from routing.intent.stored import ModelRefused, load_model, save_model
from routing.intent.train import OUT_OF_SCOPE, Model, train
from routing.request import Redacted, TenantId

DEMO = Path(__file__).parent.parent / "demo" / "policy.yaml"
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
READING = "copilot.intents.reading"
"""The place in click's context that says how files are read."""
SOURCE = "copilot.intents.source"
"""The place in click's context that says what is measured."""
THROWAWAY = ConversationId("intents")
"""No conversation: the vault of each message is forgotten with it."""
NO_TENANT = TenantId("intents")
USUAL = Fields()
FC = TypeVar("FC", bound=Callable[..., object] | click.Command)


class BadUse(click.ClickException):
    """A file or option cannot be used: one line, exit code 2."""

    exit_code = 2


class ExistingFile(click.Path):
    """A file that can be read; anything else is refused in one line."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path of the file.

        Raises:
            BadUse: there is no such file.
        """
        path = Path(str(value))
        if not path.is_file():
            raise BadUse(f"{str(path)!r} is not a file, expected an existing one")
        return path


FILE = ExistingFile(path_type=Path)


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of labelled messages are read."""

    fields: Fields = USUAL
    out_of_scope: str = OUT_OF_SCOPE
    """The label that stands for no intent."""

    def messages(self, file: Path) -> Sequence[Labelled]:
        """Return the messages of a file; never none.

        Raises:
            BadUse: the file is not UTF-8, a line is not a labelled message, or there is none.
        """
        try:
            lines = file.read_text("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise BadUse(f"{file}: byte {error.start} is not UTF-8, expected UTF-8") from None
        try:
            found = [self._renamed(one) for one in read_labelled(lines, str(file), self.fields)]
        except LabelledRefused as refused:
            raise BadUse(str(refused)) from None
        if not found:
            raise BadUse(f"{file}: no message, expected one JSON object a line")
        return found

    def _renamed(self, message: Labelled) -> Labelled:
        is_stranger = message.intent == self.out_of_scope
        return replace(message, intent=OUT_OF_SCOPE) if is_stranger else message


@dataclass(frozen=True, slots=True)
class Source:
    """Where the layers that are measured come from: a model, else examples, else a policy."""

    policy: Path = DEMO
    examples: Path | None = None
    model: Path | None = None

    def layers(self, reading: Reading) -> Layers:
        """Return the layers, trained when need be.

        Raises:
            BadUse: there are both a model and examples, or the model or policy is not valid.
        """
        if self.model is not None and self.examples is not None:
            raise BadUse("--model and --train are both given, expected one of them")
        if self.examples is not None:
            return Layers(keywords_of(()), trained(reading.messages(self.examples), self.examples))
        try:
            if self.model is not None:
                return Layers(keywords_of(()), load_model(self.model))
            return layers_of(load_tenant(self.policy).policy)
        except (ModelRefused, PolicyRefused) as refused:
            raise BadUse(str(refused)) from None


def note_reading(ctx: click.Context, param: click.Parameter, value: str) -> None:
    """Note one option of how files are read."""
    reading: Reading = ctx.meta.get(READING, Reading())
    match param.name:
        case "text_field":
            ctx.meta[READING] = replace(reading, fields=replace(reading.fields, text=value))
        case "label_field":
            ctx.meta[READING] = replace(reading, fields=replace(reading.fields, label=value))
        case _:
            ctx.meta[READING] = replace(reading, out_of_scope=value)


def note_source(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    """Note one option of what is measured."""
    source: Source = ctx.meta.get(SOURCE, Source())
    match param.name:
        case "policy":
            ctx.meta[SOURCE] = replace(source, policy=value or DEMO)
        case "examples":
            ctx.meta[SOURCE] = replace(source, examples=value)
        case _:
            ctx.meta[SOURCE] = replace(source, model=value)


def with_reading(function: FC) -> FC:
    """Add the options that say how files are read; they go to click's context."""
    for name, default, text in (
        ("--oos", OUT_OF_SCOPE, "Label of messages that belong to no intent."),
        ("--label-field", "", "Name of the field with the intent; else the usual ones."),
        ("--text-field", "", "Name of the field with the message; else the usual ones."),
    ):
        function = click.option(
            name, default=default, expose_value=False, callback=note_reading, help=text
        )(function)
    return function


def with_source(function: FC) -> FC:
    """Add the options that say what is measured; they go to click's context."""
    for names, envvar, text in (
        (("--model",), None, "Measure a model of `copilot intents train`."),
        (("--train", "examples"), None, "Train on this file and measure that."),
        (("--policy",), "COPILOT_POLICY", "Measure a policy; by default the demo's."),
    ):
        function = click.option(
            *names, type=FILE, envvar=envvar, expose_value=False, callback=note_source, help=text
        )(function)
    return function


@click.group(epilog="Example: copilot intents eval questions.jsonl --policy policy.yaml")
def command() -> None:
    """Train and measure the intents of a policy."""


@command.command("train", epilog="Example: copilot intents train labelled.jsonl --out model.npz")
@click.argument("file", type=FILE)
@click.option("--out", type=NEW_FILE, required=True, help="Where the model goes (.npz).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_reading
@click.pass_context
def train_command(ctx: click.Context, file: Path, out: Path, as_json: bool) -> None:
    """Train on FILE, one {"text", "intent"} a line, and store the model.

    Texts are redacted first. The model holds numbers and the names of intents, no text.
    """
    if not out.parent.is_dir():
        raise BadUse(f"{str(out.parent)!r} is not a folder, expected one for --out")
    reading: Reading = ctx.meta[READING]
    messages = reading.messages(file)
    model = trained(messages, file)
    save_model(model, out)
    size, intents = out.stat().st_size, len(model.intents)
    if as_json:
        stored = {"model": str(out), "bytes": size, "intents": intents, "messages": len(messages)}
        click.echo(json.dumps(stored))
        return
    click.echo(f"{out}: {intents} intents from {len(messages)} messages, {size} bytes")


@command.command("eval", epilog="Example: copilot intents eval test.jsonl --train train.jsonl")
@click.argument("file", type=FILE)
@click.option("--min-accuracy", type=click.FloatRange(0, 1), help="Exit code 1 below this.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_reading
@with_source
@click.pass_context
def eval_command(ctx: click.Context, file: Path, min_accuracy: float | None, as_json: bool) -> None:
    """Measure on FILE, one {"text", "intent"} a line, how well intents are recognised.

    Without --train and --model it is the policy: its keywords and its examples. Texts are redacted
    first, as in a conversation.
    """
    reading: Reading = ctx.meta[READING]
    source: Source = ctx.meta[SOURCE]
    messages = reading.messages(file)
    found = measured(source.layers(reading), messages)
    also = {"classify_p50_ms": found.classify_p50_ms, "asked_share": found.asked_share}
    click.echo(json.dumps(asdict(found.report) | also) if as_json else "\n".join(lines_of(found)))
    accuracy = found.report.accuracy
    if min_accuracy is not None and (accuracy is None or accuracy < min_accuracy):
        ctx.exit(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """A report, and how long one message took."""

    report: Report
    classify_p50_ms: float
    """Median over the messages, in milliseconds, without redaction."""
    asked_share: float
    """Share of the messages that a small model would be asked about, in [0, 1]."""


def measured(layers: Layers, messages: Sequence[Labelled]) -> Measured:
    """Return how well the layers recognise messages."""
    redact = throwaway_redaction()
    verdicts, seconds, asked = [], [], 0
    for message in messages:
        text = redact(message.text)
        begun = perf_counter()
        guess = layers.classify(text)
        seconds.append(perf_counter() - begun)
        verdicts.append(verdict_of(guess, message.intent))
        asked += is_uncertain(guess, text, ASK_BELOW)
    return Measured(report_of(verdicts), 1000 * median(seconds), asked / len(messages))


def lines_of(found: Measured) -> Iterable[str]:
    """Yield the report as lines; what could not be measured is a dash."""
    report = found.report
    yield f"messages                {report.messages}"
    for name, value in (
        ("accuracy", report.accuracy),
        ("accuracy, refused=wrong", report.kept_accuracy),
        ("calibration error", report.ece),
        ("answerable at 98 %", report.answerable_at_98),
        ("out-of-scope recall", report.out_of_scope_recall),
    ):
        yield f"{name:<24}{'-' if value is None else f'{value:.3f}'}"
    yield f"asked of a model        {found.asked_share:.3f}"
    yield f"classify, median        {found.classify_p50_ms:.2f} ms"


def trained(messages: Iterable[Labelled], file: Path) -> Model:
    """Return a model of redacted messages; on a terminal a progress bar shows how far it is.

    Raises:
        BadUse: no message of an intent has a word in it.
    """
    redact, effort = throwaway_redaction(), Effort()
    pairs = [(redact(message.text), message.intent) for message in messages]
    with click.progressbar(
        length=effort.passes, label="training", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        model = train(pairs, effort, lambda: bar.update(1))
    if model is None:
        raise BadUse(f"{file}: no message of an intent has a word in it, expected some")
    return model


def throwaway_redaction() -> Callable[[str], Redacted]:
    """Return what redacts each message by itself and forgets its personal data."""
    key, redactor = VaultKey(bytes(32)), Redactor()
    return lambda text: redactor.redact(text, Vault(key, NO_TENANT, THROWAWAY))
