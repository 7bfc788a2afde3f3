package main

import (
	"context"
	"errors"
	"fmt"
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

// Load returns what was kept last for a member, and nil where nothing is or what is was
// kept before seals were bound to their places.
func (u unfinished) Load(ctx context.Context, id member.ID) ([]byte, error) {
	text, err := u.client.Get(ctx, unfinishedKey(id)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if text == forgotten {
		return nil, nil
	}
	plain, was := u.seal.OpenFor(unfinishedKey(id), text)
	if err == nil && !was && u.seal.Sealing() {
		if !vault.Bound(text) { // of an older version, and gone within a day
			return nil, nil
		}
		return nil, fmt.Errorf("what member %s was in the middle of: %w", id, vault.ErrMoved)
	}
	return []byte(plain), err
}

// forgotten stands in the place of what a member who is erased was in the middle of, as
// long as a call that goes on may yet end.
const forgotten = "forgotten"

// keepScript keeps a text but for those who are forgotten.
//
//nolint:gochecknoglobals // a constant
var keepScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1`)

// Keep keeps data for a day; nil forgets.
func (u unfinished) Keep(ctx context.Context, id member.ID, data []byte) error {
	if data == nil {
		return u.client.Del(ctx, unfinishedKey(id)).Err()
	}
	return keepScript.Run(ctx, u.client, []string{unfinishedKey(id)}, forgotten, u.seal.SealFor(unfinishedKey(id), string(data)), unfinishedFor.Milliseconds()).Err()
}

// Forget forgets what a member was in the middle of, and what a call that still goes on
// would keep at its end.
func (u unfinished) Forget(ctx context.Context, id member.ID, _ []member.Handle) error {
	return u.client.Set(ctx, unfinishedKey(id), forgotten, unfinishedFor).Err()
}
