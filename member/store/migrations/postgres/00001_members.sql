-- Times are milliseconds since 1970 in UTC. Null is unknown. Texts are ordered by their
-- bytes, as SQLite orders them.

-- +goose Up
CREATE TABLE members (
    id         TEXT COLLATE "C" PRIMARY KEY,
    version    BIGINT NOT NULL DEFAULT 1,
    family     TEXT COLLATE "C",
    given      TEXT COLLATE "C",
    family_en  TEXT COLLATE "C",
    given_en   TEXT COLLATE "C",
    gender     TEXT COLLATE "C" CHECK (gender IN ('female', 'male')),
    birth_year INTEGER,
    channel    TEXT COLLATE "C",
    tier       TEXT COLLATE "C",
    lang       TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A handle may belong to several members: a shared phone never merges two people.
CREATE TABLE handles (
    kind      TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (kind, value, member_id)
);
CREATE INDEX handles_member ON handles (member_id, added_at);

-- Every word a member gave on a purpose; the last one counts.
CREATE TABLE consents (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    purpose   TEXT COLLATE "C" NOT NULL,
    given     BOOLEAN NOT NULL,
    at        BIGINT NOT NULL,
    notice    TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX consents_member ON consents (member_id, purpose, id);

CREATE TABLE tags (
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name      TEXT COLLATE "C" NOT NULL,
    source    TEXT COLLATE "C" NOT NULL,
    author    TEXT COLLATE "C" NOT NULL DEFAULT '',
    at        BIGINT NOT NULL,
    until     BIGINT,
    PRIMARY KEY (member_id, name)
);

CREATE TABLE interactions (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL,
    channel   TEXT COLLATE "C" NOT NULL,
    call      TEXT COLLATE "C" NOT NULL DEFAULT '',
    intent    TEXT COLLATE "C" NOT NULL DEFAULT '',
    outcome   TEXT COLLATE "C" NOT NULL DEFAULT '',
    complaint BOOLEAN NOT NULL DEFAULT FALSE,
    rating    INTEGER,
    summary   TEXT COLLATE "C"
);
CREATE INDEX interactions_member ON interactions (member_id, at);

-- What a member did without buying: browse, favourite, cart and the like.
CREATE TABLE events (
    id         TEXT COLLATE "C" PRIMARY KEY,
    member_id  TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    kind       TEXT COLLATE "C" NOT NULL,
    product_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    brand      TEXT COLLATE "C" NOT NULL DEFAULT '',
    at         BIGINT NOT NULL
);
CREATE INDEX events_member ON events (member_id, at);

-- Who read or wrote what. Rows are only ever added.
CREATE TABLE audit (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        BIGINT NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL,
    reader    TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    purpose   TEXT COLLATE "C" NOT NULL,
    call      TEXT COLLATE "C" NOT NULL,
    action    TEXT COLLATE "C" NOT NULL,
    fields    TEXT COLLATE "C" NOT NULL,
    outcome   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_member ON audit (member_id, at);

-- +goose StatementBegin
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- +goose Down
DROP TABLE audit;
DROP FUNCTION audit_stays;
DROP TABLE events;
DROP TABLE interactions;
DROP TABLE tags;
DROP TABLE consents;
DROP TABLE handles;
DROP TABLE members;
