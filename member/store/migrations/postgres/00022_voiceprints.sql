-- How members sound, of those who have agreed to being known by voice.

-- +goose Up
CREATE TABLE voiceprints (
    id        TEXT COLLATE "C" PRIMARY KEY,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    model     TEXT COLLATE "C" NOT NULL, -- what made it
    print     TEXT NOT NULL, -- sealed
    speech_ms BIGINT NOT NULL,
    call      TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX voiceprints_member ON voiceprints (member_id, model, at);

-- +goose Down
DROP TABLE voiceprints;
