-- Events of every kind, what they add up to, and those that could not be used.

-- +goose Up
ALTER TABLE members ADD COLUMN stage TEXT COLLATE "C"; -- of the lifecycle

ALTER TABLE events ADD COLUMN entity TEXT COLLATE "C" NOT NULL DEFAULT '';      -- what several events tell of together, such as "order 1001"
ALTER TABLE events ADD COLUMN data TEXT COLLATE "C" NOT NULL DEFAULT '';        -- JSON, the fields of the kind's schema
ALTER TABLE events ADD COLUMN mark TEXT COLLATE "C" NOT NULL DEFAULT '';        -- of all that the event said
ALTER TABLE events ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN removed BOOLEAN NOT NULL DEFAULT FALSE;   -- taken out of the cart, liked no more
ALTER TABLE events ADD COLUMN store_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN zone TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN lasted BIGINT NOT NULL DEFAULT 0;     -- ms
CREATE INDEX events_entity ON events (entity, at, id) WHERE entity <> '';

ALTER TABLE interactions ADD COLUMN event TEXT COLLATE "C"; -- the entity or event behind it; null: written by a call itself
CREATE UNIQUE INDEX interactions_event ON interactions (event);

-- An order may name what the catalogue does not have.
ALTER TABLE order_items DROP CONSTRAINT order_items_product_id_fkey;
ALTER TABLE order_items ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE order_items ADD COLUMN category TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE dead_letters (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       BIGINT NOT NULL,
    source   TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    reason   TEXT COLLATE "C" NOT NULL,
    body     TEXT COLLATE "C" NOT NULL -- as it came; may hold personal data
);
CREATE INDEX dead_letters_event ON dead_letters (source, event_id);

-- +goose Down
DROP TABLE dead_letters;
