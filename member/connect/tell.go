package connect

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"huike/member"
	"huike/member/store"
)

const (
	tellEvery   = 200 * time.Millisecond // how late a system is told at most, while it answers
	tellAtOnce  = 100
	slowestTell = 6 * time.Hour // between two tries
)

// Teller tells systems which members have changed: the id and the version and nothing else,
// so that what they may read they read with their own rights. Several changes of a member
// that nobody was told of yet are told once. What is to be told is in the store within
// [tellEvery] of the change, and stays there until the system has it: it is told again,
// more slowly each time, and after so many tries it is dead and waits for a person.
//
// A process that dies within that time tells of the member with the next change.
type Teller struct {
	tells  []*Tell
	store  *store.Store
	client *http.Client
	pause  time.Duration
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	changed map[member.ID]int64
}

// NewTeller returns a teller that keeps what is to be told in s.
func NewTeller(tells []*Tell, s *store.Store, cfg Config) *Teller {
	return &Teller{
		tells: tells, store: s, pause: cmp.Or(cfg.Pause, 5*time.Second), log: cmp.Or(cfg.Log, slog.Default()), now: time.Now,
		changed: map[member.ID]int64{},
		client:  &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Changed notes that a member has a new version. It does not block.
func (t *Teller) Changed(_ context.Context, id member.ID, version int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changed[id] = max(t.changed[id], version)
}

// Run keeps and tells until ctx ends, and keeps what is left then.
func (t *Teller) Run(ctx context.Context) error {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	failing := false
	for {
		err := t.keep(ctx)
		if err == nil {
			err = t.tell(ctx)
		}
		if err != nil && !failing && ctx.Err() == nil {
			t.log.Warn("systems are told later, as the store does not answer", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			return t.keep(last)
		case <-tick.C:
		}
	}
}

// keep writes what has changed into the store.
func (t *Teller) keep(ctx context.Context) error {
	t.mu.Lock()
	changed := t.changed
	t.changed = map[member.ID]int64{}
	t.mu.Unlock()
	if len(changed) == 0 {
		return nil
	}
	var rows [][]any
	for id, version := range changed {
		for _, one := range t.tells {
			rows = append(rows, []any{one.Name, string(id), version, t.now().UnixMilli(), t.now().UnixMilli()})
		}
	}
	err := t.store.Change(ctx, func(tx *sql.Tx) error {
		return t.store.Insert(ctx, tx, `hooks (name, member_id, version, at, due)`,
			` ON CONFLICT (name, member_id) WHERE NOT dead DO UPDATE SET version = excluded.version`, rows)
	})
	if err != nil {
		for id, version := range changed {
			t.Changed(ctx, id, version)
		}
	}
	return err
}

// message is one thing to be told.
type message struct {
	id, version, at, due int64
	name, member         string
	tries                int
}

// tell tells what is due.
func (t *Teller) tell(ctx context.Context) error {
	var all []message
	err := t.store.View(ctx, func(tx *sql.Tx) error {
		all = nil
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var m message
			err := scan(&m.id, &m.name, &m.member, &m.version, &m.at, &m.tries, &m.due)
			all = append(all, m)
			return err
		}, `SELECT id, name, member_id, version, at, tries, due FROM hooks WHERE NOT dead AND due <= $1 ORDER BY due, id LIMIT $2`, t.now().UnixMilli(), tellAtOnce)
	})
	for i := range all {
		if err == nil {
			err = t.one(ctx, &all[i])
		}
	}
	return err
}

func (t *Teller) one(ctx context.Context, m *message) error {
	for _, to := range t.tells {
		if to.Name != m.name {
			continue
		}
		claimed, err := t.claim(ctx, m, to)
		if err != nil || !claimed {
			return err
		}
		return t.settle(ctx, m, to, t.post(ctx, m, to))
	}
	return nil // nobody of that name is told any more
}

// claim puts the message off, so that no other server tells it too.
func (t *Teller) claim(ctx context.Context, m *message, to *Tell) (bool, error) {
	claimed := false
	next := t.now().Add(2*to.Timeout + time.Second).UnixMilli()
	err := t.store.Change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE hooks SET due = $3 WHERE id = $1 AND due = $2 AND NOT dead`, m.id, m.due, next)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		claimed = n == 1
		return err
	})
	return claimed, err
}

// settle forgets what was told, and puts off what was not.
func (t *Teller) settle(ctx context.Context, m *message, to *Tell, failed error) error {
	return t.store.Change(ctx, func(tx *sql.Tx) error {
		if failed == nil {
			_, err := tx.ExecContext(ctx, `DELETE FROM hooks WHERE id = $1 AND version = $2`, m.id, m.version)
			if err == nil { // it has changed again meanwhile
				_, err = tx.ExecContext(ctx, `UPDATE hooks SET due = $2, tries = 0, reason = '' WHERE id = $1`, m.id, t.now().UnixMilli())
			}
			return err
		}
		var status StatusError
		gone := asStatus(failed, &status) && status == http.StatusGone
		wait := min(t.pause<<min(m.tries, 20), slowestTell)
		_, err := tx.ExecContext(ctx, `UPDATE hooks SET tries = $2, due = $3, reason = $4, dead = $5 WHERE id = $1`,
			m.id, m.tries+1, t.now().Add(wait).UnixMilli(), failed.Error(), gone || m.tries+1 >= to.Tries)
		return err
	})
}

func asStatus(err error, status *StatusError) bool {
	one, is := err.(StatusError) //nolint:errorlint // post returns it bare
	*status = one
	return is
}

// post tells a system once.
func (t *Teller) post(ctx context.Context, m *message, to *Tell) error {
	at := t.now()
	body, err := json.Marshal(map[string]any{
		"type": "member.changed", "timestamp": time.UnixMilli(m.at).UTC().Format(time.RFC3339Nano),
		"data": map[string]any{"member": m.member, "version": m.version},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, to.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	id := fmt.Sprintf("msg_%d_%d", m.id, m.version)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(headerID, id)
	request.Header.Set(headerTime, strconv.FormatInt(at.Unix(), 10))
	request.Header.Set(headerSignature, Sign(to.secret, id, at, body))
	response, err := t.client.Do(request)
	if err != nil {
		return quiet(err)
	}
	defer response.Body.Close()                                            //nolint:errcheck // only read
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, longestHook)) // so that the connection may be used again
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return StatusError(response.StatusCode)
	}
	return nil
}

// Untold is a message that no further try is made of.
type Untold struct {
	Number  int64     `json:"number"`
	Name    string    `json:"name"` // who was to be told
	Member  member.ID `json:"member"`
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
	Tries   int       `json:"tries"`
	Reason  string    `json:"reason"`
}

// Dead returns the messages that are dead, the oldest first, 200 at most.
func (t *Teller) Dead(ctx context.Context) ([]Untold, error) {
	all := []Untold{}
	err := t.store.View(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var u Untold
			var at int64
			err := scan(&u.Number, &u.Name, &u.Member, &u.Version, &at, &u.Tries, &u.Reason)
			u.At = time.UnixMilli(at).In(t.store.Place())
			all = append(all, u)
			return err
		}, `SELECT id, name, member_id, version, at, tries, reason FROM hooks WHERE dead ORDER BY id LIMIT 200`)
	})
	return all, err
}

// Again tells a dead message once more. If the member has changed since, the newer message
// stands for it.
func (t *Teller) Again(ctx context.Context, number int64) error {
	return t.store.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM hooks WHERE id = $1 AND dead AND EXISTS
			(SELECT 1 FROM hooks h WHERE h.name = hooks.name AND h.member_id = hooks.member_id AND NOT h.dead)`, number)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE hooks SET dead = FALSE, tries = 0, due = $2 WHERE id = $1`, number, t.now().UnixMilli())
		}
		return err
	})
}
