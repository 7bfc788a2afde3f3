-- How tags and tiers came and went, and when they are to be looked at again.

-- +goose Up
CREATE TABLE tag_history (
    id        INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    change    TEXT NOT NULL CHECK (change IN ('added', 'removed')),
    source    TEXT NOT NULL, -- rule, tier, agent
    author    TEXT NOT NULL DEFAULT '',
    at        BIGINT NOT NULL,
    reason    TEXT NOT NULL DEFAULT '', -- the rule's text
    evidence  TEXT NOT NULL DEFAULT '' -- JSON: the orders and events that made it so
);
CREATE INDEX tag_history_member ON tag_history (member_id, id);

-- When time alone may change a member's tags; 0: at once.
CREATE TABLE tag_due (
    member_id TEXT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL
);
CREATE INDEX tag_due_at ON tag_due (at);

-- The rules that all members were last held to.
CREATE TABLE tag_rules (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    mark TEXT NOT NULL
);
INSERT INTO tag_rules (one, mark) VALUES (1, '');

-- +goose Down
DROP TABLE tag_rules;
DROP TABLE tag_due;
DROP TABLE tag_history;
