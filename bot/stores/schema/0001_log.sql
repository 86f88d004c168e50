-- The log of every conversation, its head, and what is written with it.
-- Instants are whole microseconds since 1970-01-01 UTC.

CREATE TABLE conversations (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    customer TEXT NOT NULL,
    locale TEXT NOT NULL,
    owner TEXT NOT NULL CHECK (owner IN ('bot', 'queue', 'human')),
    human TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    head_seq INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    asked_seq INTEGER NOT NULL,
    answered_seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    waiting_since INTEGER
) STRICT;

-- Partial, so that a conversation of the bot costs nothing here when its head moves.
CREATE INDEX conversations_with_humans ON conversations (owner, waiting_since, id)
WHERE owner <> 'bot';

CREATE INDEX conversations_unanswered ON conversations (id)
WHERE asked_seq > answered_seq AND owner <> 'human';

CREATE TABLE events (
    n INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (n),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    cause TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    trace_id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (conversation, seq)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TABLE keys (
    conversation INTEGER NOT NULL REFERENCES conversations (n),
    key TEXT NOT NULL,
    after_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (conversation, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE vault (
    n INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (n),
    placeholder TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,
    ciphertext BLOB,
    UNIQUE (conversation, placeholder, digest)
) STRICT;

CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversations (n),
    at INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;

-- There is no index that begins with the id: ids are random, so each record would dirty one more
-- page there than all its other rows together. Whoever knows only the id of a trace, which is a
-- human who looks for it, scans the narrow entries of this one.
CREATE UNIQUE INDEX records_by_conversation ON records (conversation, kind, id);

CREATE INDEX records_by_time ON records (kind, at);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (n),
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    json TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'unknown', 'dropped')),
    tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'pending';

CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    action TEXT NOT NULL,
    json TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- Also stops INSERT OR REPLACE, for which SQLite fires no DELETE trigger by default.
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM audit)
BEGIN
    SELECT RAISE(ABORT, 'the audit chain only grows at its end');
END;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;
