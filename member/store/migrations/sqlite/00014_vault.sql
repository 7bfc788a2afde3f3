-- What is personal is kept sealed, by keys that are here and wrapped by a master key that
-- is not.

-- +goose Up
CREATE TABLE data_keys (
    id         BIGINT PRIMARY KEY, -- 0: of what is found by its value
    wrapped    TEXT NOT NULL,      -- base64
    master     TEXT NOT NULL,      -- which master key wrapped it
    created_at BIGINT NOT NULL,
    swept_at   BIGINT              -- null: something may still be under an older key, or under none
);

ALTER TABLE members ADD COLUMN birth TEXT;     -- the year; sealed
UPDATE members SET birth = CAST(birth_year AS TEXT), birth_year = NULL;
CREATE TABLE member_names (
    hash      TEXT NOT NULL, -- keyed, of a name by which the member is found
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    PRIMARY KEY (hash, member_id)
);
CREATE INDEX member_names_member ON member_names (member_id);

-- +goose Down
DROP TABLE member_names;
ALTER TABLE members DROP COLUMN birth;
DROP TABLE data_keys;
