-- Who asked to be forgotten: keyed hashes that keep them from being brought back, and ids.

-- +goose Up
CREATE TABLE tombstones (
    hash TEXT COLLATE "C" PRIMARY KEY, -- HMAC-SHA-256 of a handle, in hex
    at   BIGINT NOT NULL
);

-- The key by its own hash, so that a store is not used with another's.
CREATE TABLE tombstone_key (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    mark TEXT COLLATE "C" NOT NULL
);

-- What every server must let go of.
CREATE TABLE erasures (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    person TEXT COLLATE "C" NOT NULL, -- the member's id, which names nobody any more
    calls  TEXT COLLATE "C" NOT NULL  -- JSON: ids of the calls that may have been kept
);
CREATE INDEX erasures_person ON erasures (person);

-- +goose Down
DROP TABLE erasures;
DROP TABLE tombstone_key;
DROP TABLE tombstones;
