package main

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member"
	"huike/member/vault"
)

// unfinishedFor is how long a member who was cut off finds their place again.
const unfinishedFor = 24 * time.Hour

// unfinished keeps what members were in the middle of in Redis, which all nodes
// share.
type unfinished struct {
	client redis.UniversalClient
	seal   *vault.Vault // of what is kept there
}

func unfinishedKey(id member.ID) string { return "huike:unfinished:{" + string(id) + "}" }

// Load returns what was kept last for a member, and nil where nothing is.
func (u unfinished) Load(ctx context.Context, id member.ID) ([]byte, error) {
	text, err := u.client.Get(ctx, unfinishedKey(id)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	text, _ = u.seal.Open(text)
	return []byte(text), err
}

// Keep keeps data for a day; nil forgets.
func (u unfinished) Keep(ctx context.Context, id member.ID, data []byte) error {
	if data == nil {
		return u.client.Del(ctx, unfinishedKey(id)).Err()
	}
	return u.client.Set(ctx, unfinishedKey(id), u.seal.Seal(string(data)), unfinishedFor).Err()
}

// Forget forgets what a member was in the middle of.
func (u unfinished) Forget(ctx context.Context, id member.ID, _ []member.Handle) error {
	return u.Keep(ctx, id, nil)
}
