-- What an order's changes need: variants, means of payment, addresses, what was paid and
-- changed; bookings and referrals.

-- +goose Up
ALTER TABLE members ADD COLUMN address TEXT COLLATE "C"; -- JSON; where orders go by default

CREATE TABLE variants (
    product_id TEXT COLLATE "C" NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL,
    options    TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON: option to value
    price      BIGINT NOT NULL,
    available  BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (product_id, id)
);

CREATE TABLE payment_methods (
    id        TEXT COLLATE "C" PRIMARY KEY,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    source    TEXT COLLATE "C" NOT NULL,             -- gift_card, credit_card, paypal, wechat, alipay
    brand     TEXT COLLATE "C" NOT NULL DEFAULT '',
    last_four TEXT COLLATE "C" NOT NULL DEFAULT '',
    balance   BIGINT                     -- of a gift card; null: has none
);
CREATE INDEX payment_methods_member ON payment_methods (member_id);

-- A status is the shop's own word, and an order may hold a product twice.
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD COLUMN address TEXT COLLATE "C" NOT NULL DEFAULT ''; -- JSON; empty: the member's own
ALTER TABLE order_items DROP CONSTRAINT order_items_pkey;
ALTER TABLE order_items ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE order_items ADD COLUMN item_id TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the variant
ALTER TABLE order_items ADD COLUMN options TEXT COLLATE "C" NOT NULL DEFAULT '{}';
CREATE INDEX order_items_order ON order_items (order_number);

-- What was paid for an order and given back, in order.
CREATE TABLE payments (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_number TEXT COLLATE "C" NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('payment', 'refund')),
    amount       BIGINT NOT NULL,
    method_id    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX payments_order ON payments (order_number);

-- What was changed about an order, in order.
CREATE TABLE order_changes (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_number TEXT COLLATE "C" NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    kind         TEXT COLLATE "C" NOT NULL, -- cancel, return, exchange, items, address, payment
    at           BIGINT NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
    items        TEXT COLLATE "C" NOT NULL DEFAULT '[]', -- JSON: ids of variants
    new_items    TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    method_id    TEXT COLLATE "C" NOT NULL DEFAULT '',
    difference   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX order_changes_order ON order_changes (order_number);

CREATE TABLE bookings (
    number       TEXT COLLATE "C" PRIMARY KEY,
    member_id    TEXT COLLATE "C" REFERENCES members (id) ON DELETE CASCADE, -- null: an unknown caller
    kind         TEXT COLLATE "C" NOT NULL,
    store_id     TEXT COLLATE "C" NOT NULL REFERENCES stores (id),
    product_id   TEXT COLLATE "C" NOT NULL DEFAULT '',
    quantity     INTEGER NOT NULL DEFAULT 0, -- put aside
    day          TEXT COLLATE "C" NOT NULL, -- 2006-01-02
    clock        TEXT COLLATE "C" NOT NULL DEFAULT '', -- 15:04
    phone        TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    cancelled_at BIGINT
);
CREATE INDEX bookings_place ON bookings (store_id, day, clock);
CREATE INDEX bookings_member ON bookings (member_id);

CREATE TABLE referrals (
    code       TEXT COLLATE "C" PRIMARY KEY,
    member_id  TEXT COLLATE "C" NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    phone      TEXT COLLATE "C" NOT NULL, -- the friend's
    created_at BIGINT NOT NULL,
    joined     TEXT COLLATE "C" REFERENCES members (id) ON DELETE SET NULL
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
