-- The rules of tags and tiers as they were saved; the newest are in force.

-- +goose Up
CREATE TABLE tag_rule_versions (
    number BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    author TEXT NOT NULL,
    origin TEXT NOT NULL, -- file, page, or "back to" and a number
    mark   TEXT NOT NULL, -- a hash of the text
    text   TEXT NOT NULL  -- YAML
);

-- +goose Down
DROP TABLE tag_rule_versions;
