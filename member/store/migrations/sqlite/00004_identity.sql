-- Who was taken for one person, and who may be.

-- +goose Up
CREATE TABLE merges (
    id        INTEGER PRIMARY KEY,
    at        BIGINT NOT NULL,
    kept      TEXT NOT NULL, -- the member who went on
    gone      TEXT NOT NULL, -- the member whose records were moved
    author    TEXT NOT NULL,
    reason    TEXT NOT NULL,
    moved     TEXT NOT NULL, -- JSON: which rows were whose before; personal
    undone_at BIGINT
);
CREATE INDEX merges_members ON merges (kept, gone);

CREATE TABLE matches (
    one        TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    other      TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    score      INTEGER NOT NULL, -- of 100
    evidence   TEXT NOT NULL,
    at         BIGINT NOT NULL,
    decided_at BIGINT,           -- null: waits for a person
    decision   TEXT NOT NULL DEFAULT '',
    author     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (one, other),
    CHECK (one < other)
);

-- +goose Down
DROP TABLE matches;
DROP TABLE merges;
