-- What a profile asks of a member's events, side by side: in the table each event of a member
-- is on a page of its own.

-- +goose Up
CREATE INDEX events_drawn ON events (member_id, at, id) INCLUDE (kind, product_id, brand, removed, store_id, zone, lasted)
    WHERE kind IN ('browse', 'favourite', 'cart', 'dwell');

-- +goose Down
DROP INDEX events_drawn;
