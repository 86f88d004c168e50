"""`copilot knowledge`: add articles, list them, search them, and see what is missing."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from bot.knowledge.article import Added, Article, Shelved
from bot.knowledge.knowledge import BATCH, Knowledge, open_knowledge
from bot.knowledge.reading import Unread, articles_of, files_in
from bot.stores.base import Record, RecordsOf
from bot.stores.sqlite import open_sqlite
from bot.tenant import load_tenant
from routing.request import Passage, TenantId

T = TypeVar("T")
DEMO = Path(__file__).parent.parent / "demo" / "policy.yaml"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
ANY_PATH = click.Path(path_type=Path)
DATABASE = "copilot.db"
GAP, FAQ_DRAFT = "gap", "faq_draft"
"""Kinds of the records that say: this question had no answer; this answer could be an article."""
MOST_RECORDS = 200
EXCERPT_CHARS = 160

data_option = click.option(
    "--data", type=FOLDER, envvar="COPILOT_DATA_DIR", default=Path(".copilot"),
    help="Data folder.", show_default=True,
)  # fmt: skip
policy_option = click.option(
    "--policy", type=FILE, envvar="COPILOT_POLICY", default=DEMO,
    help="Policy; names the tenant. Default: the demo's.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(epilog="Example: copilot knowledge add help-centre/ faq.jsonl")
def command() -> None:
    """Add, list and search the articles that ground answers."""


@command.command(epilog="Example: copilot knowledge add help-centre/ faq.jsonl --policy my.yaml")
@click.argument("paths", nargs=-1, required=True, type=ANY_PATH)
@data_option
@policy_option
@json_option
def add(paths: tuple[Path, ...], data: Path, policy: Path, as_json: bool) -> None:
    """Add the articles in PATHS: Markdown, HTML, text, JSONL, or folders of these.

    Adding a file again updates its articles; unchanged ones are skipped. Nothing is fetched from
    the network. What cannot be read is named, the rest is added, and the exit code is 1.
    """
    articles, unread = _read(paths)
    for problem in unread:
        click.echo(str(problem), err=True)
    tenant = load_tenant(policy).id
    added = _with_knowledge(data, lambda knowledge: _shelve(knowledge, tenant, articles))
    if as_json:
        problems = [asdict(problem) for problem in unread]
        click.echo(json.dumps({**asdict(added), "unread": problems}, ensure_ascii=False))
    else:
        click.echo(_summary(added, len(unread)))
    if unread or not articles:
        raise click.exceptions.Exit(1)


@command.command("list", epilog="Example: copilot knowledge list --json")
@data_option
@policy_option
@json_option
def list_command(data: Path, policy: Path, as_json: bool) -> None:
    """List the tenant's articles by title."""
    tenant = load_tenant(policy).id
    shelved = _with_knowledge(data, lambda knowledge: knowledge.list(tenant))
    if as_json:
        click.echo(json.dumps([asdict(article) for article in shelved], ensure_ascii=False))
        return
    for article in shelved:
        click.echo(_line_of(article))
    if not shelved:
        click.echo(f"no articles for tenant {tenant!r}: add some with `copilot knowledge add PATH`")


@command.command(epilog='Example: copilot knowledge search "How do I change my PIN?" --limit 3')
@click.argument("query")
@click.option("--limit", default=6, show_default=True, type=click.IntRange(1, 50))
@data_option
@policy_option
@json_option
def search(query: str, limit: int, data: Path, policy: Path, as_json: bool) -> None:
    """Show what a model would be given for QUERY, best first; exit code 1 when nothing fits."""
    tenant = load_tenant(policy).id
    passages = _with_knowledge(data, lambda knowledge: knowledge.search(tenant, query, limit))
    if as_json:
        click.echo(json.dumps([asdict(passage) for passage in passages], ensure_ascii=False))
    else:
        for place, passage in enumerate(passages, 1):
            click.echo(_found(place, passage))
    if not passages:
        click.echo("nothing fits", err=True)
        raise click.exceptions.Exit(1)


@command.command(epilog="Example: copilot knowledge gaps --json")
@data_option
@json_option
def gaps(data: Path, as_json: bool) -> None:
    """Show the questions that had no answer in the knowledge base, newest first."""
    records = _records(data, GAP)
    if as_json:
        click.echo(json.dumps([_gap(record) for record in records], ensure_ascii=False))
        return
    for record in records:
        click.echo(f"{record.at:%Y-%m-%d %H:%M}  {_gap(record)['question']}")
    if not records:
        click.echo("no gaps are recorded: every question so far had an answer, or none was asked")


@command.command(
    epilog="Example: copilot knowledge drafts --articles > faq.jsonl, then read and add it"
)
@data_option
@json_option
@click.option("--articles", is_flag=True, help="Print JSONL that `knowledge add` takes.")
def drafts(data: Path, as_json: bool, articles: bool) -> None:
    """Show the FAQ entries that humans have drafted from their answers, newest first.

    They are for somebody to read before they are added: `!` marks those that lack a value that was
    somebody's own.
    """
    records = _records(data, FAQ_DRAFT)
    found = [_draft(record) for record in records]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for draft in found:
        if articles:
            fields = {"id": draft["id"], "title": draft["question"], "text": draft["answer"]}
            click.echo(json.dumps(fields, ensure_ascii=False))
            continue
        mark = "!" if draft["is_flagged"] else " "
        answer = " ".join(str(draft["answer"]).split())
        click.echo(f"{str(draft['at'])[:16]} {mark} {draft['question']}\n    {answer}")
    if not records and not articles:
        click.echo("no drafts yet: humans make them from their answers, in the menu of a card")


def _read(paths: Sequence[Path]) -> tuple[list[Article], list[Unread]]:
    """Return the articles of all files, and what could not be read."""
    found = list(files_in(paths))
    unread = [one for one in found if isinstance(one, Unread)]
    files = [one for one in found if isinstance(one, Path)]
    if not found:
        unread.append(Unread(" ".join(map(str, paths)), "no file that can be read"))
    articles: dict[str, Article] = {}
    with click.progressbar(files, label="Reading", file=sys.stderr, hidden=_is_quiet()) as bar:
        for one in (one for file in bar for one in articles_of(file)):
            match one:
                case Unread():
                    unread.append(one)
                case Article() if one.id in articles and articles[one.id].source != one.source:
                    earlier = articles[one.id].source
                    unread.append(Unread(one.source, f"id {one.id!r} is already in {earlier}"))
                case Article():
                    articles[one.id] = one
    return list(articles.values()), unread


def _is_quiet() -> bool:
    """Tell whether nobody is watching, so that a progress bar would only litter a log."""
    return not sys.stderr.isatty()


async def _shelve(knowledge: Knowledge, tenant: TenantId, articles: Sequence[Article]) -> Added:
    total = Added()
    quiet = _is_quiet()
    with click.progressbar(
        length=len(articles), label="Adding", file=sys.stderr, hidden=quiet
    ) as bar:
        for start in range(0, len(articles), BATCH):
            batch = articles[start : start + BATCH]
            total = total.plus(await knowledge.add(tenant, batch))
            bar.update(len(batch))
    return total


def _with_knowledge(data: Path, use: Callable[[Knowledge], Awaitable[T]]) -> T:
    async def run() -> T:
        knowledge = await open_knowledge(data / DATABASE)
        try:
            return await use(knowledge)
        finally:
            await knowledge.close()

    return asyncio.run(run())


def _records(data: Path, kind: str) -> tuple[Record, ...]:
    """Return the newest records of a kind; none where there is no database yet."""

    async def read() -> tuple[Record, ...]:
        store = await open_sqlite(data / DATABASE)
        try:
            return await store.find(RecordsOf(kind, limit=MOST_RECORDS))
        finally:
            await store.close()

    return asyncio.run(read()) if (data / DATABASE).exists() else ()


def _draft(record: Record) -> dict[str, object]:
    about = json.loads(record.json)
    kept = {name: about[name] for name in ("question", "answer", "locale", "is_flagged")}
    id = f"faq-{record.conversation[:8]}-{record.id}"
    return {"id": id, "at": record.at.isoformat(), **kept}


def _gap(record: Record) -> dict[str, object]:
    about = json.loads(record.json)
    question = about.get("question", "") if isinstance(about, dict) else ""
    return {"at": record.at.isoformat(), "conversation": record.conversation, "question": question}


def _summary(added: Added, unread: int) -> str:
    parts = [f"{added.added} added", f"{added.updated} updated", f"{added.unchanged} unchanged"]
    return ", ".join([*parts, f"{unread} not read"] if unread else parts)


def _line_of(article: Shelved) -> str:
    where = article.url or article.source
    return f"{article.title}  ({article.chars} characters, {where})"


def _found(place: int, passage: Passage) -> str:
    text = " ".join(passage.text.split())
    short = text if len(text) <= EXCERPT_CHARS else text[: EXCERPT_CHARS - 1].rstrip() + "…"
    where = f"  {passage.url}" if passage.url else ""
    return f"{place}. {passage.title}  {passage.score:.2f}{where}\n   {short}"
