package member

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member/vault"
)

// Keys in Redis. A handle is hashed, so that a key names nobody.
const (
	keyMember = "huike:member:"  // + id; hash of v (version), at (ms), p (profile; empty when only the version is known)
	keyHandle = "huike:handle:"  // + hash; an id, or "-" when it has just changed
	changes   = "huike:members"  // channel; "id version"
	freshly   = "-"              // an id that is none: ask the store
	shortly   = 10 * time.Second // longer than any read that began before a change
)

// errMiss says that Redis has no usable value.
var errMiss = errors.New("not cached")

// remote is the layer in Redis. It is skipped for a moment after it failed, so that
// a dead Redis costs one call a moment and not every call a time-out.
type remote struct {
	rdb  redis.UniversalClient
	wait time.Duration // one exchange
	seal *vault.Vault  // of what is kept there
	rest time.Duration // after a failure

	resting atomic.Int64  // Unix ns until which Redis is left alone
	failed  atomic.Uint64 // exchanges

	mu      sync.Mutex
	owed    map[ID]int64        // versions that Redis could not be told of yet
	handles map[Handle]struct{} // and handles that changed hands
}

// fillScript keeps a profile unless a newer version is known: a slow reader cannot
// put back what a writer has just replaced.
func fillScript() *redis.Script {
	return redis.NewScript(`
local v = tonumber(redis.call('HGET', KEYS[1], 'v') or '-1')
if tonumber(ARGV[1]) < v then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'at', ARGV[2], 'p', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`)
}

// usable reports whether Redis is worth asking now.
func (r *remote) usable() bool { return time.Now().UnixNano() >= r.resting.Load() }

// settle notes how an exchange went.
func (r *remote) settle(err error) error {
	if err != nil && !errors.Is(err, redis.Nil) && !errors.Is(err, context.Canceled) {
		r.failed.Add(1)
		r.resting.Store(time.Now().Add(r.rest).UnixNano())
	}
	return err
}

// load returns a cached profile and when the store was read.
func (r *remote) load(ctx context.Context, id ID) (*Profile, time.Time, error) {
	if !r.usable() {
		return nil, time.Time{}, errMiss
	}
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	got, err := r.rdb.HMGet(ctx, keyMember+string(id), "at", "p").Result()
	if r.settle(err) != nil || len(got) != 2 {
		return nil, time.Time{}, errMiss
	}
	at, _ := got[0].(string)
	text, _ := got[1].(string)
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || text == "" {
		return nil, time.Time{}, errMiss
	}
	text, was := r.seal.OpenFor(keyMember+string(id), text)
	if !was && r.seal.Sealing() {
		return nil, time.Time{}, errMiss
	}
	p, err := decodeProfile([]byte(text))
	if err != nil || p.ID != id {
		return nil, time.Time{}, errMiss
	}
	return p, time.UnixMilli(ms), nil
}

// fill keeps a profile for ttl; a nil profile keeps the version alone.
func (r *remote) fill(ctx context.Context, script *redis.Script, id ID, version int64, p *Profile, loaded time.Time, ttl time.Duration) error {
	if !r.usable() {
		return errMiss
	}
	text := []byte{}
	if p != nil {
		var err error
		if text, err = encodeProfile(p); err != nil {
			return err
		}
		text = []byte(r.seal.SealFor(keyMember+string(id), string(text)))
	}
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	return r.settle(script.Run(ctx, r.rdb, []string{keyMember + string(id)},
		version, loaded.UnixMilli(), text, ttl.Milliseconds()).Err())
}

// announce tells every process that a version exists.
func (r *remote) announce(ctx context.Context, id ID, version int64) error {
	if !r.usable() {
		return errMiss
	}
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	return r.settle(r.rdb.Publish(ctx, changes, string(id)+" "+strconv.FormatInt(version, 10)).Err())
}

// owe remembers that Redis must be told of a version once it is back: it may come
// back with what it held before.
func (r *remote) owe(id ID, version int64) {
	if r.rdb == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owed == nil {
		r.owed = make(map[ID]int64)
	}
	r.owed[id] = max(r.owed[id], version)
}

// debts takes everything owed.
func (r *remote) debts() (map[ID]int64, []Handle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	owed, handles := r.owed, slices.Collect(maps.Keys(r.handles))
	r.owed, r.handles = nil, nil
	return owed, handles
}

// whose returns who has the handle, as cached.
func (r *remote) whose(ctx context.Context, h Handle) (ID, error) {
	if !r.usable() {
		return "", errMiss
	}
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	id, err := r.rdb.Get(ctx, r.handleKey(h)).Result()
	if r.settle(err) != nil || id == "" || id == freshly {
		return "", errMiss
	}
	return ID(id), nil
}

// belongs caches who has the handle, unless it has just changed hands.
func (r *remote) belongs(ctx context.Context, h Handle, id ID, ttl time.Duration) {
	if !r.usable() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	_ = r.settle(r.rdb.SetArgs(ctx, r.handleKey(h), string(id), redis.SetArgs{Mode: "NX", TTL: ttl}).Err())
}

// changed makes every process ask the store for the handle.
func (r *remote) changed(ctx context.Context, h Handle) {
	err := errMiss
	if r.usable() {
		ctx, cancel := context.WithTimeout(ctx, r.wait)
		defer cancel()
		err = r.settle(r.rdb.Set(ctx, r.handleKey(h), freshly, shortly).Err())
	}
	if err == nil || r.rdb == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.handles == nil {
		r.handles = make(map[Handle]struct{})
	}
	r.handles[h] = struct{}{}
}

func (r *remote) handleKey(h Handle) string {
	sum := r.seal.Hash(h.Kind + "\x00" + h.Value)
	return keyHandle + hex.EncodeToString(sum[:16])
}
