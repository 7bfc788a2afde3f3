-- Who was taken for one person, and who may be.

-- +goose Up
CREATE TABLE merges (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        BIGINT NOT NULL,
    kept      TEXT COLLATE "C" NOT NULL, -- the member who went on
    gone      TEXT COLLATE "C" NOT NULL, -- the member whose records were moved
    author    TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    moved     TEXT COLLATE "C" NOT NULL, -- JSON: which rows were whose before; personal
    undone_at BIGINT
);
CREATE INDEX merges_members ON merges (kept, gone);

CREATE TABLE matches (
    one        TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    other      TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    score      INTEGER NOT NULL, -- of 100
    evidence   TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    decided_at BIGINT,           -- null: waits for a person
    decision   TEXT COLLATE "C" NOT NULL DEFAULT '',
    author     TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (one, other),
    CHECK (one < other)
);

-- +goose Down
DROP TABLE matches;
DROP TABLE merges;
