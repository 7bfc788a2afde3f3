-- What the shop sells, where, and what its members own of it. Money is in
-- hundredths of the shop's currency.

-- +goose Up
CREATE TABLE stores (
    id         TEXT PRIMARY KEY,
    rank       INTEGER NOT NULL, -- the order in which stores are named
    name_zh    TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    aliases    TEXT NOT NULL DEFAULT '', -- divided by |
    address_zh TEXT NOT NULL,
    address_en TEXT NOT NULL,
    hours_zh   TEXT NOT NULL,
    hours_en   TEXT NOT NULL,
    phone      TEXT NOT NULL
);

CREATE TABLE products (
    id         TEXT PRIMARY KEY,
    name_zh    TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    aliases    TEXT NOT NULL DEFAULT '', -- divided by |
    category   TEXT NOT NULL,
    brand      TEXT NOT NULL DEFAULT '',
    price      BIGINT NOT NULL,
    consumable INTEGER NOT NULL DEFAULT 0,
    private    INTEGER NOT NULL DEFAULT 0 -- never named aloud unasked
);

CREATE TABLE stock (
    store_id   TEXT NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    quantity   INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (store_id, product_id)
);

CREATE TABLE orders (
    number       TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    status       TEXT NOT NULL CHECK (status IN ('placed', 'paid', 'packed', 'shipped', 'delivered', 'returned', 'cancelled')),
    placed_at    BIGINT NOT NULL,
    eta          BIGINT,
    delivered_at BIGINT,
    carrier_zh   TEXT NOT NULL DEFAULT '',
    carrier_en   TEXT NOT NULL DEFAULT '',
    coupon       TEXT NOT NULL DEFAULT '',
    total        BIGINT NOT NULL
);
CREATE INDEX orders_member ON orders (member_id, placed_at);

CREATE TABLE order_items (
    order_number TEXT NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
    product_id   TEXT NOT NULL REFERENCES products (id),
    quantity     INTEGER NOT NULL DEFAULT 1,
    price        BIGINT NOT NULL,
    PRIMARY KEY (order_number, product_id)
);

-- The ledger of points; the balance is its sum.
CREATE TABLE points (
    id        INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL,
    delta     BIGINT NOT NULL,
    reason    TEXT NOT NULL
);
CREATE INDEX points_member ON points (member_id);

CREATE TABLE coupons (
    code       TEXT PRIMARY KEY,
    member_id  TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name_zh    TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    off        BIGINT NOT NULL,           -- how much it takes off
    min_spend  BIGINT NOT NULL DEFAULT 0,
    category   TEXT NOT NULL DEFAULT '',  -- empty: any
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX coupons_member ON coupons (member_id, expires_at);

CREATE TABLE tickets (
    number      TEXT PRIMARY KEY,
    member_id   TEXT REFERENCES members (id) ON DELETE CASCADE, -- null: an unknown caller
    kind        TEXT NOT NULL,
    text        TEXT NOT NULL DEFAULT '', -- masked
    created_at  BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX tickets_member ON tickets (member_id, created_at);

CREATE TABLE callbacks (
    number     TEXT PRIMARY KEY,
    member_id  TEXT REFERENCES members (id) ON DELETE CASCADE,
    phone      TEXT NOT NULL,
    wanted     TEXT NOT NULL DEFAULT '', -- when, as the caller put it
    reason     TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    done_at    BIGINT
);

-- Writes that have been done, so that a repeated one answers and does nothing.
CREATE TABLE done (
    key         TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL, -- of who, what and with which arguments
    result      TEXT NOT NULL, -- JSON
    at          BIGINT NOT NULL
);

-- Numbers that people read out to each other.
CREATE TABLE numbers (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO numbers (name, last) VALUES ('ticket', 60100), ('callback', 70100);

-- +goose Down
DROP TABLE numbers;
DROP TABLE done;
DROP TABLE callbacks;
DROP TABLE tickets;
DROP TABLE coupons;
DROP TABLE points;
DROP TABLE order_items;
DROP TABLE orders;
DROP TABLE stock;
DROP TABLE products;
DROP TABLE stores;
