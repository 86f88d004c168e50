-- How often the articles of a tenant have changed: answers made from an older edition are not reused.

CREATE TABLE knowledge_edition (
    tenant  TEXT NOT NULL PRIMARY KEY,
    edition INTEGER NOT NULL
) WITHOUT ROWID;
