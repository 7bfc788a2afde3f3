-- Everything personal is sealed for its own column and row since a key's sweep with bound set.

-- +goose Up
ALTER TABLE data_keys ADD COLUMN bound BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE data_keys DROP COLUMN bound;
