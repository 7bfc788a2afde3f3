-- How members sound, of those who have agreed to being known by voice.

-- +goose Up
CREATE TABLE voiceprints (
    id        TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    model     TEXT NOT NULL, -- what made it
    print     TEXT NOT NULL, -- sealed
    speech_ms BIGINT NOT NULL,
    call      TEXT NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX voiceprints_member ON voiceprints (member_id, model, at);

-- +goose Down
DROP TABLE voiceprints;
