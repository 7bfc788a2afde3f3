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

ALTER TABLE members ADD COLUMN birth TEXT COLLATE "C";     -- the year; sealed
ALTER TABLE members ADD COLUMN name_hash TEXT COLLATE "C"; -- of the name in Latin letters, to find by
UPDATE members SET birth = CAST(birth_year AS TEXT), birth_year = NULL;
CREATE INDEX members_name ON members (name_hash) WHERE name_hash IS NOT NULL;

-- +goose Down
DROP INDEX members_name;
ALTER TABLE members DROP COLUMN name_hash;
ALTER TABLE members DROP COLUMN birth;
DROP TABLE data_keys;
