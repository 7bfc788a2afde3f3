-- How tags and tiers came and went, and when they are to be looked at again.

-- +goose Up
CREATE TABLE tag_history (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name      TEXT COLLATE "C" NOT NULL,
    change    TEXT COLLATE "C" NOT NULL CHECK (change IN ('added', 'removed')),
    source    TEXT COLLATE "C" NOT NULL, -- rule, tier, agent
    author    TEXT COLLATE "C" NOT NULL DEFAULT '',
    at        BIGINT NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL DEFAULT '', -- the rule's text
    evidence  TEXT COLLATE "C" NOT NULL DEFAULT '' -- JSON: the orders and events that made it so
);
CREATE INDEX tag_history_member ON tag_history (member_id, id);

-- When time alone may change a member's tags; 0: at once.
CREATE TABLE tag_due (
    member_id TEXT COLLATE "C" PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL
);
CREATE INDEX tag_due_at ON tag_due (at);

-- The rules that all members were last held to.
CREATE TABLE tag_rules (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    mark TEXT COLLATE "C" NOT NULL
);
INSERT INTO tag_rules (one, mark) VALUES (1, '');

-- +goose Down
DROP TABLE tag_rules;
DROP TABLE tag_due;
DROP TABLE tag_history;
