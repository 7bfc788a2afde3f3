-- The shop's other systems: how far each has been read, and what each is still to be told.

-- +goose Up
CREATE TABLE pulls (
    name  TEXT COLLATE "C" PRIMARY KEY,
    since TEXT COLLATE "C" NOT NULL, -- RFC 3339; the newest time that was read
    etag  TEXT COLLATE "C" NOT NULL,
    at    BIGINT NOT NULL -- of the last reading that came to its end
);

CREATE TABLE hooks (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL, -- who is told
    member_id TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    due       BIGINT NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL DEFAULT '', -- of the last failure
    dead      BOOLEAN NOT NULL DEFAULT FALSE -- no further try is made
);
CREATE INDEX hooks_due ON hooks (due) WHERE NOT dead;
CREATE UNIQUE INDEX hooks_waiting ON hooks (name, member_id) WHERE NOT dead;

-- +goose Down
DROP TABLE hooks;
DROP TABLE pulls;
