-- Small durable facts by kind and key (what Slack sent, who installed us, which thread is whose),
-- sealed; and turns at what may only be done so often, shared by every process on this file.

CREATE TABLE cabinet (
    kind   TEXT NOT NULL,
    key    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    due_at INTEGER,
    tries  INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE INDEX cabinet_due ON cabinet (kind, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE slots (
    key     TEXT NOT NULL PRIMARY KEY,
    free_at REAL NOT NULL
) WITHOUT ROWID;
