-- Events of every kind, what they add up to, and those that could not be used.

-- +goose Up
ALTER TABLE members ADD COLUMN stage TEXT; -- of the lifecycle

ALTER TABLE events ADD COLUMN entity TEXT NOT NULL DEFAULT '';      -- what several events tell of together, such as "order 1001"
ALTER TABLE events ADD COLUMN data TEXT NOT NULL DEFAULT '';        -- JSON, the fields of the kind's schema
ALTER TABLE events ADD COLUMN mark TEXT NOT NULL DEFAULT '';        -- of all that the event said
ALTER TABLE events ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;   -- taken out of the cart, liked no more
ALTER TABLE events ADD COLUMN store_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN lasted BIGINT NOT NULL DEFAULT 0;     -- ms
CREATE INDEX events_entity ON events (entity, at, id) WHERE entity <> '';

ALTER TABLE interactions ADD COLUMN event TEXT; -- the entity or event behind it; null: written by a call itself
CREATE UNIQUE INDEX interactions_event ON interactions (event);

-- An order may name what the catalogue does not have.
CREATE TABLE order_lines (
    order_number TEXT NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    product_id   TEXT NOT NULL,
    quantity     INTEGER NOT NULL DEFAULT 1,
    price        BIGINT NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    category     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (order_number, product_id)
);
INSERT INTO order_lines (order_number, product_id, quantity, price) SELECT order_number, product_id, quantity, price FROM order_items;
DROP TABLE order_items;
ALTER TABLE order_lines RENAME TO order_items;

CREATE TABLE dead_letters (
    id       INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    source   TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    body     TEXT NOT NULL -- as it came; may hold personal data
);
CREATE INDEX dead_letters_event ON dead_letters (source, event_id);

-- +goose Down
DROP TABLE dead_letters;
