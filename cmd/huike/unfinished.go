package main

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member"
)

// unfinishedFor is how long a member who was cut off finds their place again.
const unfinishedFor = 24 * time.Hour

// unfinished keeps what members were in the middle of in Redis, which all nodes
// share.
type unfinished struct{ client redis.UniversalClient }

func unfinishedKey(id member.ID) string { return "huike:unfinished:{" + string(id) + "}" }

// Load returns what was kept last for a member, and nil where nothing is.
func (u unfinished) Load(ctx context.Context, id member.ID) ([]byte, error) {
	data, err := u.client.Get(ctx, unfinishedKey(id)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return data, err
}

// Keep keeps data for a day; nil forgets.
func (u unfinished) Keep(ctx context.Context, id member.ID, data []byte) error {
	if data == nil {
		return u.client.Del(ctx, unfinishedKey(id)).Err()
	}
	return u.client.Set(ctx, unfinishedKey(id), data, unfinishedFor).Err()
}

// Forget forgets what a member was in the middle of.
func (u unfinished) Forget(ctx context.Context, id member.ID, _ []member.Handle) error {
	return u.Keep(ctx, id, nil)
}
