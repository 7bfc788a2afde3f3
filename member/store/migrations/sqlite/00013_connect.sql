-- The shop's other systems: how far each has been read, and what each is still to be told.

-- +goose Up
CREATE TABLE pulls (
    name  TEXT PRIMARY KEY,
    since TEXT NOT NULL, -- RFC 3339; the newest time that was read
    etag  TEXT NOT NULL,
    at    INTEGER NOT NULL -- of the last reading that came to its end
);

CREATE TABLE hooks (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL, -- who is told
    member_id TEXT NOT NULL,
    version   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    due       INTEGER NOT NULL,
    reason    TEXT NOT NULL DEFAULT '', -- of the last failure
    dead      BOOLEAN NOT NULL DEFAULT FALSE -- no further try is made
);
CREATE INDEX hooks_due ON hooks (due) WHERE NOT dead;
CREATE UNIQUE INDEX hooks_waiting ON hooks (name, member_id) WHERE NOT dead;

-- +goose Down
DROP TABLE hooks;
DROP TABLE pulls;
