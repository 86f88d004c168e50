"""The tables of the knowledge base: the SQL, and nothing that waits."""

import sqlite3
from collections.abc import Iterable, Sequence

from bot.knowledge.article import Added, Article, Shelved
from bot.knowledge.chunk import Chunk, chunked
from bot.knowledge.ranking import Candidate, Found, idf, ranked
from routing.models.words import content_words, rules_version
from routing.request import TenantId

MOST_QUERY_WORDS = 24
"""Of a long message the first words of this many kinds are searched for."""
MOST_CANDIDATES = 48
"""Chunks that are looked at closely, best first by BM25."""

_CANDIDATES = """
WITH best AS (
    SELECT rowid AS id, bm25(knowledge_words, 0.0, 4.0, 2.0, 1.0) AS rank
    FROM knowledge_words WHERE knowledge_words MATCH ? ORDER BY rank LIMIT ?
)
SELECT chunk.article, chunk.n, chunk.text, chunk.title_words, chunk.heading_words, chunk.words,
       article.title, article.url, best.rank
FROM best
JOIN knowledge_chunk AS chunk ON chunk.id = best.id
JOIN knowledge_article AS article
  ON article.tenant = chunk.tenant AND article.id = chunk.article
WHERE chunk.tenant = ?
ORDER BY best.rank, chunk.id
"""
_INSERT_CHUNK = """
INSERT INTO knowledge_chunk (tenant, article, n, heading, text, title_words, heading_words, words)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_ARTICLE = """
INSERT OR REPLACE INTO knowledge_article (tenant, id, source, title, url, digest, chars, chunks)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


def put(connection: sqlite3.Connection, tenant: TenantId, articles: Iterable[Article]) -> Added:
    """Add or replace articles in one transaction; those that have not changed are left alone."""
    added = updated = unchanged = 0
    with _Transaction(connection):
        for article in articles:
            digest = _digest_of(connection, tenant, article.id)
            if digest == article.digest:
                unchanged += 1
                continue
            _forget(connection, tenant, article.id)
            _insert(connection, tenant, article)
            added += digest is None
            updated += digest is not None
        if added or updated:
            _renew(connection, tenant)
    return Added(added, updated, unchanged)


def take_out(connection: sqlite3.Connection, tenant: TenantId, ids: Iterable[str]) -> int:
    """Remove articles; returns how many there were."""
    with _Transaction(connection):
        count = sum(_forget(connection, tenant, id) for id in ids)
        if count:
            _renew(connection, tenant)
        return count


def edition(connection: sqlite3.Connection, tenant: TenantId) -> int:
    """Return a number that rises whenever the tenant's articles change."""
    row = connection.execute(
        "SELECT edition FROM knowledge_edition WHERE tenant = ?", (tenant,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def listed(connection: sqlite3.Connection, tenant: TenantId) -> tuple[Shelved, ...]:
    """Return what a tenant has, by title."""
    rows = connection.execute(
        "SELECT id, title, url, source, chars, chunks FROM knowledge_article"
        " WHERE tenant = ? ORDER BY title, id",
        (tenant,),
    )
    return tuple(Shelved(*row) for row in rows)


def search(
    connection: sqlite3.Connection, tenant: TenantId, query: str, limit: int
) -> tuple[Found, ...]:
    """Return the articles that fit a customer's words, best first; empty when none does."""
    words = tuple(dict.fromkeys(content_words(query)))[:MOST_QUERY_WORDS]
    if not words:
        return ()
    return ranked(_weights(connection, words), _candidates(connection, tenant, words), limit)


def refresh(connection: sqlite3.Connection) -> None:
    """Make the stored words anew when the rules for them have changed since."""
    version = rules_version()
    if connection.execute("SELECT version FROM knowledge_rules").fetchone() == (version,):
        return
    with _Transaction(connection):
        rows = connection.execute(
            "SELECT chunk.id, article.title, chunk.heading, chunk.text"
            " FROM knowledge_chunk AS chunk JOIN knowledge_article AS article"
            " ON article.tenant = chunk.tenant AND article.id = chunk.article"
        ).fetchall()
        connection.executemany(
            "UPDATE knowledge_chunk SET title_words = ?, heading_words = ?, words = ? WHERE id = ?",
            (
                (_words(title), _words(Chunk(head, text).headings), _words(text), id)
                for id, title, head, text in rows
            ),
        )
        connection.execute("DELETE FROM knowledge_rules")
        connection.execute("INSERT INTO knowledge_rules VALUES (?)", (version,))


class _Transaction:
    """One write transaction; takes the lock at once, so that it never fails half-way for it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _renew(connection: sqlite3.Connection, tenant: TenantId) -> None:
    connection.execute(
        "INSERT INTO knowledge_edition VALUES (?, 1) "
        "ON CONFLICT (tenant) DO UPDATE SET edition = edition + 1",
        (tenant,),
    )


def _digest_of(connection: sqlite3.Connection, tenant: TenantId, id: str) -> str | None:
    row = connection.execute(
        "SELECT digest FROM knowledge_article WHERE tenant = ? AND id = ?", (tenant, id)
    ).fetchone()
    return None if row is None else str(row[0])


def _forget(connection: sqlite3.Connection, tenant: TenantId, id: str) -> int:
    connection.execute("DELETE FROM knowledge_chunk WHERE tenant = ? AND article = ?", (tenant, id))
    return connection.execute(
        "DELETE FROM knowledge_article WHERE tenant = ? AND id = ?", (tenant, id)
    ).rowcount


def _insert(connection: sqlite3.Connection, tenant: TenantId, article: Article) -> None:
    chunks = chunked(article.text)
    title_words = _words(article.title)
    connection.executemany(
        _INSERT_CHUNK,
        (
            (tenant, article.id, n, chunk.heading, chunk.text, title_words,
             _words(chunk.headings), _words(chunk.text))
            for n, chunk in enumerate(chunks)
        ),
    )  # fmt: skip
    connection.execute(
        _INSERT_ARTICLE,
        (tenant, article.id, article.source, article.title, article.url, article.digest,
         len(article.text), len(chunks)),
    )  # fmt: skip


def _words(text: str) -> str:
    return " ".join(content_words(text))


def _quoted(words: Sequence[str]) -> str:
    """Return an FTS5 expression; words hold only letters and digits, and quotes end any syntax."""
    alternatives = " OR ".join(f'"{word}"' for word in words)
    return f"{{title_words heading_words words}} : ({alternatives})"


def _weights(connection: sqlite3.Connection, words: Sequence[str]) -> dict[str, float]:
    total = connection.execute("SELECT count(*) FROM knowledge_chunk").fetchone()[0]
    count = "SELECT count(*) FROM knowledge_words WHERE knowledge_words MATCH ?"
    return {
        word: idf(total, connection.execute(count, (_quoted((word,)),)).fetchone()[0])
        for word in words
    }


def _candidates(
    connection: sqlite3.Connection, tenant: TenantId, words: Sequence[str]
) -> list[Candidate]:
    tenant_word = f"t{tenant.encode().hex()}x"
    match = f'tenant_word : "{tenant_word}" AND {_quoted(words)}'
    rows = connection.execute(_CANDIDATES, (match, MOST_CANDIDATES, tenant))
    return [
        Candidate(
            article=article,
            n=n,
            title=title,
            url=url,
            text=text,
            title_words=frozenset(title_words.split()),
            heading_words=frozenset(heading_words.split()),
            words=tuple(words.split()),
            bm25=-rank,
        )
        for article, n, text, title_words, heading_words, words, title, url, rank in rows
    ]
