-- What an order's changes need: variants, means of payment, addresses, what was paid and
-- changed; bookings and referrals.

-- +goose Up
ALTER TABLE members ADD COLUMN address TEXT; -- JSON; where orders go by default

CREATE TABLE variants (
    product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    options    TEXT NOT NULL DEFAULT '{}', -- JSON: option to value
    price      BIGINT NOT NULL,
    available  INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (product_id, id)
);

CREATE TABLE payment_methods (
    id        TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    source    TEXT NOT NULL,             -- gift_card, credit_card, paypal, wechat, alipay
    brand     TEXT NOT NULL DEFAULT '',
    last_four TEXT NOT NULL DEFAULT '',
    balance   BIGINT                     -- of a gift card; null: has none
);
CREATE INDEX payment_methods_member ON payment_methods (member_id);

-- A status is the shop's own word, and an order may hold a product twice.
CREATE TABLE orders_free (
    number       TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    status       TEXT NOT NULL,
    placed_at    BIGINT NOT NULL,
    eta          BIGINT,
    delivered_at BIGINT,
    carrier_zh   TEXT NOT NULL DEFAULT '',
    carrier_en   TEXT NOT NULL DEFAULT '',
    coupon       TEXT NOT NULL DEFAULT '',
    total        BIGINT NOT NULL,
    address      TEXT NOT NULL DEFAULT '' -- JSON; empty: the member's own
);
INSERT INTO orders_free (number, member_id, status, placed_at, eta, delivered_at, carrier_zh, carrier_en, coupon, total)
    SELECT number, member_id, status, placed_at, eta, delivered_at, carrier_zh, carrier_en, coupon, total FROM orders;
CREATE TABLE order_lines (
    id           INTEGER PRIMARY KEY,
    order_number TEXT NOT NULL REFERENCES orders_free (number) ON DELETE CASCADE,
    product_id   TEXT NOT NULL,
    quantity     INTEGER NOT NULL DEFAULT 1,
    price        BIGINT NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    category     TEXT NOT NULL DEFAULT '',
    item_id      TEXT NOT NULL DEFAULT '', -- the variant
    options      TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO order_lines (order_number, product_id, quantity, price, name, category)
    SELECT order_number, product_id, quantity, price, name, category FROM order_items ORDER BY order_number, product_id;
DROP TABLE order_items;
DROP TABLE orders;
ALTER TABLE orders_free RENAME TO orders;
ALTER TABLE order_lines RENAME TO order_items;
CREATE INDEX orders_member ON orders (member_id, placed_at);
CREATE INDEX order_items_order ON order_items (order_number);

-- What was paid for an order and given back, in order.
CREATE TABLE payments (
    id           INTEGER PRIMARY KEY,
    order_number TEXT NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
    amount       BIGINT NOT NULL,
    method_id    TEXT NOT NULL
);
CREATE INDEX payments_order ON payments (order_number);

-- What was changed about an order, in order.
CREATE TABLE order_changes (
    id           INTEGER PRIMARY KEY,
    order_number TEXT NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    kind         TEXT NOT NULL, -- cancel, return, exchange, items, address, payment
    at           BIGINT NOT NULL,
    reason       TEXT NOT NULL DEFAULT '',
    items        TEXT NOT NULL DEFAULT '[]', -- JSON: ids of variants
    new_items    TEXT NOT NULL DEFAULT '[]',
    method_id    TEXT NOT NULL DEFAULT '',
    difference   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX order_changes_order ON order_changes (order_number);

CREATE TABLE bookings (
    number       TEXT PRIMARY KEY,
    member_id    TEXT REFERENCES members (id) ON DELETE CASCADE, -- null: an unknown caller
    kind         TEXT NOT NULL,
    store_id     TEXT NOT NULL REFERENCES stores (id),
    product_id   TEXT NOT NULL DEFAULT '',
    quantity     INTEGER NOT NULL DEFAULT 0, -- put aside
    day          TEXT NOT NULL, -- 2006-01-02
    clock        TEXT NOT NULL DEFAULT '', -- 15:04
    phone        TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    cancelled_at BIGINT
);
CREATE INDEX bookings_place ON bookings (store_id, day, clock);
CREATE INDEX bookings_member ON bookings (member_id);

CREATE TABLE referrals (
    code       TEXT PRIMARY KEY,
    member_id  TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    phone      TEXT NOT NULL, -- the friend's
    created_at BIGINT NOT NULL,
    joined     TEXT REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX referrals_member ON referrals (member_id);
CREATE INDEX referrals_phone ON referrals (phone);

INSERT INTO numbers (name, last) VALUES ('booking', 80100), ('coupon', 90100), ('referral', 50100);

-- +goose Down
DROP TABLE referrals;
DROP TABLE bookings;
DROP TABLE order_changes;
DROP TABLE payments;
DROP TABLE payment_methods;
DROP TABLE variants;
