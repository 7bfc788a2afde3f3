package member

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member/audit"
	"huike/member/vault"
)

// Config shapes a [Directory]. Zero values work.
type Config struct {
	TTL      time.Duration // how long a copy is used unasked; 10 min, plus or minus Spread
	Spread   float64       // share of TTL, 0 to 1; 0.2: so that copies do not expire together
	StaleFor time.Duration // how long an expired copy may still stand in; 24 h
	Patience time.Duration // how long a slow store is waited for when a copy can stand in; 150 ms
	Timeout  time.Duration // how long it is waited for when none can; 2 s
	// RedisWait is how long one exchange with Redis may take, 100 ms, before a call
	// does without.
	RedisWait time.Duration
	Entries   int          // profiles kept in this process; 10,000
	Vault     *vault.Vault // seals what Redis keeps, store.Vault; nil seals nothing
	Trail     Trail        // takes the audit rows; nil keeps none, which is for tests
	Log       *slog.Logger // nil is slog's default
}

func (c Config) withDefaults() Config {
	c.TTL = cmp.Or(c.TTL, 10*time.Minute)
	c.Spread = cmp.Or(c.Spread, 0.2)
	c.StaleFor = cmp.Or(c.StaleFor, 24*time.Hour)
	c.Patience = cmp.Or(c.Patience, 150*time.Millisecond)
	c.Timeout = cmp.Or(c.Timeout, 2*time.Second)
	c.RedisWait = cmp.Or(c.RedisWait, 100*time.Millisecond)
	c.Vault = cmp.Or(c.Vault, &vault.Vault{})
	c.Entries = cmp.Or(c.Entries, 10_000)
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// Directory finds members and serves them fast. Its methods are safe from any
// goroutine. Run must be running for the in-process layer to be used.
//
// A change made in this process is seen by the next read. One made in another is seen
// by the next read that begins after Redis has passed it on (well under a millisecond);
// if Redis is gone, by the next read, from the store. Two gaps are known: a Redis that
// hangs without closing its connections is found out within two seconds, and one that
// comes back with old keys is told what it missed within 200 ms.
type Directory struct {
	cfg   Config
	store Store
	fill  *redis.Script
	names [int(fieldAll) + 1]string // of field sets, for audit rows

	local   *local
	remote  *remote
	loads   flights[*entry] // one read of each member at a time
	lookups flights[owner]  // and of each handle
	down    atomic.Bool     // the store does not answer, and that has been logged
	counts  counters
}

// NewDirectory returns a directory of the store's members. A nil client does
// without Redis: every Get then reads the store.
func NewDirectory(store Store, rdb redis.UniversalClient, cfg Config) *Directory {
	cfg = cfg.withDefaults()
	d := &Directory{
		cfg: cfg, store: store, fill: fillScript(), local: newLocal(cfg.Entries),
		remote: &remote{rdb: rdb, wait: cfg.RedisWait, rest: time.Second, seal: cfg.Vault},
	}
	if rdb == nil {
		d.remote.rest = 1 << 62
		d.remote.resting.Store(1<<63 - 1)
	}
	for f := range d.names {
		d.names[f] = fields(f).String()
	}
	return d
}

// Find returns the one member who has the handle. It returns [ErrUnknown] where
// nobody has it and [ErrShared] where several do.
func (d *Directory) Find(ctx context.Context, handle Handle, access Access) (View, error) {
	row := access.row(time.Now(), "", audit.Find)
	if !access.Role.Known() {
		return View{}, d.deny(row)
	}
	who, err := d.whose(ctx, handle, false)
	if access.narrow() && errors.Is(err, ErrUnknown) {
		return View{}, d.deny(row) // nobody's and another's look alike
	}
	if err != nil {
		return View{}, d.miss(row, err)
	}
	e, quality, err := d.get(ctx, who.id)
	if err == nil && who.cached && !hasHandle(e.profile, handle) {
		if who, err = d.whose(ctx, handle, true); err == nil {
			e, quality, err = d.get(ctx, who.id)
		}
	}
	row.Member = string(who.id)
	if err != nil {
		return View{}, d.miss(row, err)
	}
	return d.serve(row, e, quality, access)
}

// Get returns the member as this access may see them now: what another process has
// changed, a withdrawn consent above all, is seen by the next Get.
func (d *Directory) Get(ctx context.Context, id ID, access Access) (View, error) {
	now := time.Now()
	row := access.row(now, id, audit.Get)
	if !access.Role.Known() {
		return View{}, d.deny(row)
	}
	if e, ok := d.local.fresh(id, now); ok {
		d.counts.local.Add(1)
		return d.serve(row, e, sound, access)
	}
	e, quality, err := d.get(ctx, id)
	if err != nil {
		return View{}, d.miss(row, err)
	}
	return d.serve(row, e, quality, access)
}

// Update changes the profile in the store and everywhere it is cached. A write that
// fails leaves a second audit row that says so. change is
// given a copy and may be called again if another writer was first; what it must
// not write through are the pointers in it. Derived parts are not saved.
func (d *Directory) Update(ctx context.Context, id ID, access Access, change func(*Profile) error) error {
	row := access.row(time.Now(), id, audit.Update)
	if !access.writes() {
		return d.deny(row)
	}
	if err := d.trace(row); err != nil { // before: nothing is written without a trace
		return err
	}
	before, after, err := d.save(ctx, id, func(p *Profile) error {
		if !access.covers(p) {
			return ErrDenied
		}
		return change(p)
	})
	if err != nil {
		return d.miss(row, fmt.Errorf("update member %s: %w", id, err))
	}
	for _, h := range movedHandles(before, after) {
		d.local.belongs(h, "")
		d.remote.changed(ctx, h)
	}
	d.Changed(ctx, id, after.Version)
	return nil
}

// save reads, changes and writes until no other writer came between.
func (d *Directory) save(ctx context.Context, id ID, change func(*Profile) error) (before, after *Profile, err error) {
	const attempts = 8
	for range attempts {
		if before, err = d.store.Load(ctx, id); err != nil {
			return nil, nil, err
		}
		after = before.Clone()
		if err = change(after); err != nil {
			return nil, nil, err
		}
		after.ID, after.Version = id, before.Version
		if after.Version, err = d.store.Save(ctx, after); !errors.Is(err, ErrConflict) {
			return before, after, err
		}
		pause(ctx, time.Duration(1+rand.IntN(10))*time.Millisecond) //nolint:gosec // not a secret
	}
	return nil, nil, err
}

// Record adds a contact to the member's history, its summary masked.
func (d *Directory) Record(ctx context.Context, id ID, access Access, in Interaction) error {
	row := access.row(time.Now(), id, audit.Record)
	if !access.writes() {
		return d.deny(row)
	}
	if access.narrow() {
		e, _, err := d.get(ctx, id)
		if err != nil {
			return d.miss(row, err)
		}
		if !access.covers(e.profile) {
			return d.deny(row)
		}
	}
	if err := d.trace(row); err != nil {
		return err
	}
	if in.Summary != nil {
		masked := Mask(*in.Summary)
		in.Summary = &masked
	}
	version, err := d.store.Record(ctx, id, in)
	if err != nil {
		return d.miss(row, fmt.Errorf("record a contact of member %s: %w", id, err))
	}
	d.Changed(ctx, id, version)
	return nil
}

// Changed tells every process that a version of the member is in the store. Whoever
// writes to a member's data past the Directory calls it after the commit.
func (d *Directory) Changed(ctx context.Context, id ID, version int64) {
	d.local.told(id, version)
	err := d.remote.fill(ctx, d.fill, id, version, nil, time.Now(), d.cfg.TTL+d.cfg.StaleFor)
	if err == nil {
		err = d.remote.announce(ctx, id, version)
	}
	if err != nil {
		d.remote.owe(id, version)
	}
}

// serve filters an entry for the access, and leaves the trace of it.
func (d *Directory) serve(row audit.Row, e *entry, quality quality, access Access) (View, error) {
	if !access.covers(e.profile) {
		return View{}, d.deny(row)
	}
	var f fields
	if quality != outdated {
		f = allowed(e.profile.Consent, access)
	}
	row.Fields = d.names[f]
	if quality != sound {
		row.Outcome = audit.Stale
	}
	if err := d.trace(row); err != nil {
		return View{}, err
	}
	v := e.profile.view(f, e.phone, e.lacks)
	v.Age, v.Stale = row.At.Sub(e.loaded), quality != sound
	if quality == outdated {
		v.Consent = nil // it may be what has changed
	}
	return v, nil
}

// deny traces an access that a role has no right to.
func (d *Directory) deny(row audit.Row) error {
	row.Outcome = audit.Denied
	return errors.Join(ErrDenied, d.trace(row))
}

// miss traces an access that found nothing.
func (d *Directory) miss(row audit.Row, err error) error {
	row.Outcome = audit.Failed
	switch {
	case errors.Is(err, ErrUnknown):
		row.Outcome = audit.Unknown
	case errors.Is(err, ErrDenied):
		row.Outcome = audit.Denied
	case !errors.Is(err, ErrShared):
		d.counts.failed.Add(1)
	}
	return errors.Join(err, d.trace(row))
}

func (d *Directory) trace(row audit.Row) error {
	if d.cfg.Trail == nil {
		return nil
	}
	if err := d.cfg.Trail.Append(row); err != nil {
		return ErrUntraced
	}
	return nil
}
