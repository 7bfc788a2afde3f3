-- What the shop was told of a member, and what a member did not want to be asked or offered.

-- +goose Up
CREATE TABLE facts (
    id        TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name      TEXT NOT NULL, -- such as birthday; the newest row of a name counts
    kind      TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date')),
    value     TEXT NOT NULL,
    source    TEXT NOT NULL, -- such as dialogue
    call      TEXT NOT NULL DEFAULT '',
    at        BIGINT NOT NULL
);
CREATE INDEX facts_member ON facts (member_id, name, at);

CREATE TABLE refusals (
    id        TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (kind IN ('question', 'offer')),
    name      TEXT NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX refusals_member ON refusals (member_id, kind, name, at);

-- +goose Down
DROP TABLE refusals;
DROP TABLE facts;
