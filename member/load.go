package member

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// quality says how good an entry is.
type quality int

const (
	sound    quality = iota
	stale            // old, and nobody could say whether anything has changed
	outdated         // old, and something has changed, perhaps a consent
)

// get returns the member from wherever an answer comes first: this process, Redis,
// the store; or from an old copy if the store is slow or gone.
func (d *Directory) get(ctx context.Context, id ID) (*entry, quality, error) {
	if e, ok := d.local.fresh(id, time.Now()); ok {
		d.counts.local.Add(1)
		return e, sound, nil
	}
	flying := d.loads.join(string(id), func() (*entry, error) {
		return d.load(context.WithoutCancel(ctx), id)
	})
	if e, q, err := d.await(ctx, flying, id); q != outdated || err != nil {
		return e, q, err
	}
	// The flight had begun before the change was told: once more.
	flying = d.loads.join(string(id), func() (*entry, error) {
		return d.load(context.WithoutCancel(ctx), id)
	})
	return d.await(ctx, flying, id)
}

// await waits for a flight, or until an old copy is better than more waiting.
func (d *Directory) await(ctx context.Context, flying *flight[*entry], id ID) (*entry, quality, error) {
	patience := time.NewTimer(d.cfg.Patience)
	defer patience.Stop()
	for {
		select {
		case <-flying.done:
			switch {
			case errors.Is(flying.err, ErrUnknown):
				return nil, sound, flying.err
			case flying.err != nil:
				return d.standIn(id, flying.err)
			case flying.value.profile.Version < d.local.floor(id):
				return flying.value, outdated, nil
			}
			return flying.value, sound, nil
		case <-patience.C:
			if e, q, err := d.standIn(id, errMiss); err == nil {
				return e, q, nil
			}
		case <-ctx.Done():
			return d.standIn(id, ctx.Err())
		}
	}
}

// standIn returns the old copy, or the reason why one is wanted if there is none.
func (d *Directory) standIn(id ID, cause error) (*entry, quality, error) {
	e, old := d.local.last(id)
	if e == nil || time.Since(e.loaded) > d.cfg.StaleFor {
		return nil, sound, cause
	}
	d.counts.stale.Add(1)
	if old {
		return e, outdated, nil
	}
	return e, stale, nil
}

// load reads Redis, then the store, and fills what was empty. It runs in a flight.
func (d *Directory) load(ctx context.Context, id ID) (*entry, error) {
	epoch := d.local.now()
	if p, at, err := d.remote.load(ctx, id); err == nil && p.Version >= d.local.floor(id) {
		e := d.entry(p, at, epoch)
		d.local.put(e) // expired or not: it may have to stand in
		if time.Now().Before(e.expires) {
			d.counts.redis.Add(1)
			return e, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	at := time.Now()
	p, err := d.store.Load(ctx, id)
	d.storeAnswered(err)
	if err != nil {
		return nil, err
	}
	d.counts.store.Add(1)
	e := d.entry(p, at, epoch)
	d.local.put(e)
	_ = d.remote.fill(ctx, d.fill, id, p.Version, p, at, e.expires.Sub(at)+d.cfg.StaleFor) // a cache that is not filled is asked again
	return e, nil
}

// entry dresses a profile for serving. Its life is spread, so that members loaded
// together do not expire together.
func (d *Directory) entry(p *Profile, loaded time.Time, epoch uint64) *entry {
	e := &entry{profile: p, lacks: p.Lacks(), loaded: loaded, expires: loaded.Add(d.spread()), epoch: epoch}
	if h, ok := p.PhoneHandle(); ok {
		e.phone = h.Masked()
	}
	return e
}

func (d *Directory) spread() time.Duration {
	share := 1 + d.cfg.Spread*(2*rand.Float64()-1) //nolint:gosec // not a secret
	return time.Duration(float64(d.cfg.TTL) * share)
}

// owner is whose a handle is. cached says that it may have changed hands since.
type owner struct {
	id     ID
	cached bool
}

// whose returns who has the handle; again asks the store whatever is cached.
func (d *Directory) whose(ctx context.Context, h Handle, again bool) (owner, error) {
	key := d.remote.handleKey(h)
	if again {
		key = "again:" + key
	}
	flying := d.lookups.join(key, func() (owner, error) {
		return d.lookup(context.WithoutCancel(ctx), h, again)
	})
	patience := time.NewTimer(d.cfg.Patience)
	defer patience.Stop()
	for {
		select {
		case <-flying.done:
			if flying.err == nil || errors.Is(flying.err, ErrUnknown) {
				return flying.value, flying.err
			}
			if id, ok := d.local.whose(h); ok {
				return owner{id, true}, nil
			}
			return owner{}, flying.err
		case <-patience.C:
			if id, ok := d.local.whose(h); ok {
				return owner{id, true}, nil
			}
		case <-ctx.Done():
			return owner{}, ctx.Err()
		}
	}
}

// lookup asks Redis, then the store, who has the handle. It runs in a flight.
func (d *Directory) lookup(ctx context.Context, h Handle, again bool) (owner, error) {
	if !again {
		if id, err := d.remote.whose(ctx, h); err == nil {
			d.local.belongs(h, id)
			return owner{id, true}, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	id, err := d.store.Lookup(ctx, h)
	d.storeAnswered(err)
	if errors.Is(err, ErrUnknown) {
		d.local.belongs(h, "")
	}
	if err != nil {
		return owner{}, err
	}
	d.local.belongs(h, id)
	d.remote.belongs(ctx, h, id, d.spread())
	return owner{id, false}, nil
}

func hasHandle(p *Profile, h Handle) bool { return slices.Contains(p.Handles, h) }

// movedHandles returns the handles that one of the two has and the other has not.
func movedHandles(before, after *Profile) []Handle {
	var moved []Handle
	for _, h := range before.Handles {
		if !hasHandle(after, h) {
			moved = append(moved, h)
		}
	}
	for _, h := range after.Handles {
		if !hasHandle(before, h) {
			moved = append(moved, h)
		}
	}
	return moved
}
