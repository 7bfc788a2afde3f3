-- Each audit row is sealed with a hash over itself and the seal of the row before it.
-- Rows from before have no number and no seal.

-- +goose Up
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN seal BYTEA;
CREATE UNIQUE INDEX audit_seq ON audit (seq);

-- The last sealed row, which a truncated trail does not reach.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  BIGINT NOT NULL,
    seal BYTEA NOT NULL
);
INSERT INTO audit_head (one, seq, seal) VALUES (1, 0, ''::bytea);

-- +goose Down
DROP TABLE audit_head;
DROP INDEX audit_seq;
ALTER TABLE audit DROP COLUMN seal;
ALTER TABLE audit DROP COLUMN seq;
