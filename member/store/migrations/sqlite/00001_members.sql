-- Times are milliseconds since 1970 in UTC. Null is unknown.

-- +goose Up
CREATE TABLE members (
    id         TEXT PRIMARY KEY,
    version    BIGINT NOT NULL DEFAULT 1,
    family     TEXT,
    given      TEXT,
    family_en  TEXT,
    given_en   TEXT,
    gender     TEXT CHECK (gender IN ('female', 'male')),
    birth_year INTEGER,
    channel    TEXT,
    tier       TEXT,
    lang       TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A handle may belong to several members: a shared phone never merges two people.
CREATE TABLE handles (
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (kind, value, member_id)
);
CREATE INDEX handles_member ON handles (member_id, added_at);

-- Every word a member gave on a purpose; the last one counts.
CREATE TABLE consents (
    id        INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    purpose   TEXT NOT NULL,
    given     INTEGER NOT NULL,
    at        BIGINT NOT NULL,
    notice    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX consents_member ON consents (member_id, purpose, id);

CREATE TABLE tags (
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    source    TEXT NOT NULL,
    author    TEXT NOT NULL DEFAULT '',
    at        BIGINT NOT NULL,
    until     BIGINT,
    PRIMARY KEY (member_id, name)
);

CREATE TABLE interactions (
    id        INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL,
    channel   TEXT NOT NULL,
    call      TEXT NOT NULL DEFAULT '',
    intent    TEXT NOT NULL DEFAULT '',
    outcome   TEXT NOT NULL DEFAULT '',
    complaint INTEGER NOT NULL DEFAULT 0,
    rating    INTEGER,
    summary   TEXT
);
CREATE INDEX interactions_member ON interactions (member_id, at);

-- What a member did without buying: browse, favourite, cart and the like.
CREATE TABLE events (
    id         TEXT PRIMARY KEY,
    member_id  TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    product_id TEXT NOT NULL DEFAULT '',
    brand      TEXT NOT NULL DEFAULT '',
    at         BIGINT NOT NULL
);
CREATE INDEX events_member ON events (member_id, at);

-- Who read or wrote what. Rows are only ever added.
CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        BIGINT NOT NULL,
    member_id TEXT NOT NULL,
    reader    TEXT NOT NULL,
    role      TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    call      TEXT NOT NULL,
    action    TEXT NOT NULL,
    fields    TEXT NOT NULL,
    outcome   TEXT NOT NULL
);
CREATE INDEX audit_member ON audit (member_id, at);

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit;
DROP TABLE events;
DROP TABLE interactions;
DROP TABLE tags;
DROP TABLE consents;
DROP TABLE handles;
DROP TABLE members;
