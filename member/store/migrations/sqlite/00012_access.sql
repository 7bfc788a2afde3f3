-- Who may do what: tokens by their hash, and whose members are whose.

-- +goose Up
ALTER TABLE members ADD COLUMN account TEXT; -- individual, enterprise, dealer, provider; null is an individual
ALTER TABLE members ADD COLUMN shop TEXT;    -- the shop that the member is of
ALTER TABLE members ADD COLUMN partner TEXT; -- the dealer or service provider that the member is of
CREATE INDEX members_shop ON members (shop) WHERE shop IS NOT NULL;
CREATE INDEX members_partner ON members (partner) WHERE partner IS NOT NULL;

CREATE TABLE access_tokens (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the token, in hex; it has 130 random bits
    name       TEXT NOT NULL, -- who holds it, as audit rows have it
    role       TEXT NOT NULL,
    shop       TEXT NOT NULL DEFAULT '',
    partner    TEXT NOT NULL DEFAULT '',
    author     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- +goose Down
DROP TABLE access_tokens;
DROP INDEX members_partner;
DROP INDEX members_shop;
ALTER TABLE members DROP COLUMN partner;
ALTER TABLE members DROP COLUMN shop;
ALTER TABLE members DROP COLUMN account;
