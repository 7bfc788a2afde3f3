-- Segments that were given a name, and how many members each had, day by day.

-- +goose Up
CREATE TABLE segments (
    id         TEXT PRIMARY KEY,
    version    BIGINT NOT NULL, -- one more with each change
    name       TEXT NOT NULL UNIQUE,
    expression TEXT NOT NULL,
    author     TEXT NOT NULL, -- who changed it last
    changed_at BIGINT NOT NULL
);
CREATE TABLE segment_counts (
    segment_id TEXT NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    day        TEXT NOT NULL, -- of the shop, 2006-01-02
    at         BIGINT NOT NULL,
    members    BIGINT NOT NULL,
    profiled   BIGINT NOT NULL, -- of them: have agreed to profiling
    reachable  BIGINT NOT NULL, -- of these: have agreed to marketing too
    of_all     BIGINT NOT NULL,
    PRIMARY KEY (segment_id, day)
);

-- +goose Down
DROP TABLE segment_counts;
DROP TABLE segments;
