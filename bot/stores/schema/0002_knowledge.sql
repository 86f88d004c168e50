-- The knowledge base: articles as they were added, their chunks, and the words to find them by.

CREATE TABLE knowledge_article (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    source TEXT NOT NULL,     -- file (and line) it came from
    title  TEXT NOT NULL,
    url    TEXT NOT NULL,     -- empty: no public address
    digest TEXT NOT NULL,     -- SHA-256 of title, url and text: unchanged articles are skipped
    chars  INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE knowledge_chunk (
    id            INTEGER PRIMARY KEY,
    tenant        TEXT NOT NULL,
    article       TEXT NOT NULL,
    n             INTEGER NOT NULL,   -- place in the article, from 0
    heading       TEXT NOT NULL,      -- heading that it stands under
    text          TEXT NOT NULL,
    title_words   TEXT NOT NULL,      -- content words (routing/models/words.py), separated by blanks
    heading_words TEXT NOT NULL,
    words         TEXT NOT NULL,
    -- One token that is the tenant's alone, so that the index itself narrows a search to it.
    tenant_word   TEXT GENERATED ALWAYS AS ('t' || hex(tenant) || 'x') VIRTUAL,
    UNIQUE (tenant, article, n)
);

CREATE VIRTUAL TABLE knowledge_words USING fts5 (
    tenant_word, title_words, heading_words, words,
    content = 'knowledge_chunk', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER knowledge_chunk_added AFTER INSERT ON knowledge_chunk BEGIN
    INSERT INTO knowledge_words (rowid, tenant_word, title_words, heading_words, words)
    VALUES (new.id, new.tenant_word, new.title_words, new.heading_words, new.words);
END;

CREATE TRIGGER knowledge_chunk_removed AFTER DELETE ON knowledge_chunk BEGIN
    INSERT INTO knowledge_words (knowledge_words, rowid, tenant_word, title_words, heading_words, words)
    VALUES ('delete', old.id, old.tenant_word, old.title_words, old.heading_words, old.words);
END;

CREATE TRIGGER knowledge_chunk_changed
AFTER UPDATE OF title_words, heading_words, words ON knowledge_chunk BEGIN
    INSERT INTO knowledge_words (knowledge_words, rowid, tenant_word, title_words, heading_words, words)
    VALUES ('delete', old.id, old.tenant_word, old.title_words, old.heading_words, old.words);
    INSERT INTO knowledge_words (rowid, tenant_word, title_words, heading_words, words)
    VALUES (new.id, new.tenant_word, new.title_words, new.heading_words, new.words);
END;

-- Which version of the word rules `title_words` and the others were made with.
CREATE TABLE knowledge_rules (version INTEGER NOT NULL);
