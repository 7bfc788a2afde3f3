package shop

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"huike/member"
	"huike/member/store"
)

const longestText = 2000 // runes of a complaint that are kept

// once does a write, or returns what it returned the first time.
func (s *Shop) once(ctx context.Context, tx *sql.Tx, r *request, o operation) (Result, error) {
	if r.key == "" {
		return Result{}, ErrKey
	}
	mark := r.fingerprint()
	var was, text string
	err := tx.QueryRowContext(ctx, `SELECT fingerprint, `+store.Opened("done.result")+` FROM done WHERE key = $1`, r.key).Scan(&was, &text)
	switch {
	case err == nil && was != mark:
		return Result{}, ErrKey
	case err == nil:
		var result Result
		return result, json.Unmarshal([]byte(text), &result)
	case !errors.Is(err, sql.ErrNoRows):
		return Result{}, err
	}
	result, err := o.do(ctx, tx, r)
	if err != nil || !result.OK {
		return result, err
	}
	kept, err := json.Marshal(result)
	if err != nil {
		return Result{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO done (key, fingerprint, result, at) VALUES ($1, $2, $3, $4)`,
		r.key, mark, s.store.SealAt("done.result", r.key, string(kept)), r.now.UnixMilli())
	return result, err
}

// fingerprint tells one write from another without keeping what was said.
func (r *request) fingerprint() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q", r.member, r.op)
	for _, name := range slices.Sorted(maps.Keys(r.args)) {
		if name != "lang" && name != "call" {
			_, _ = fmt.Fprintf(h, " %q=%q", name, r.args[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// complaint opens a ticket. The member's profile shows it until it is resolved.
func (s *Shop) complaint(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	ticket, err := nextNumber(ctx, tx, "ticket")
	if err != nil {
		return Result{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO tickets (number, member_id, kind, text, created_at) VALUES ($1, $2, 'complaint', $3, $4)`,
		ticket, r.memberOrNull(), s.store.SealAt("tickets.text", ticket, cut(member.Mask(r.args["text"]))), r.now.UnixMilli())
	if err == nil && r.member != "" {
		r.changed, err = store.Touch(ctx, tx, r.member)
	}
	return Result{OK: true, Rows: []map[string]string{{"ticket": ticket}}}, err
}

// callback writes down that somebody is to be called, at the number given or else at
// the member's own. With the ticket "instead" it is that one that is written anew, while
// nobody has called.
func (s *Shop) callback(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	phone, err := s.callbackPhone(ctx, tx, r)
	switch {
	case errors.Is(err, member.ErrNotPhone):
		return invalid("phone"), nil
	case errors.Is(err, member.ErrUnknown):
		return missing("phone"), nil
	case err != nil:
		return Result{}, err
	}
	if was := cleanNumber(r.args["instead"]); was != "" {
		changed, err := tx.ExecContext(ctx, `UPDATE callbacks SET phone = $2, wanted = $3 WHERE number = $1 AND done_at IS NULL AND COALESCE(member_id, '') = $4`,
			was, s.store.Search(phone.Value), s.store.SealAt("callbacks.wanted", was, cut(member.Mask(r.args["when"]))), string(r.member))
		if err != nil {
			return Result{}, err
		}
		if n, err := changed.RowsAffected(); err != nil || n == 1 {
			return Result{OK: true, Rows: []map[string]string{{"ticket": was, "phone": phone.Masked()}}}, err
		}
	}
	ticket, err := nextNumber(ctx, tx, "callback")
	if err != nil {
		return Result{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO callbacks (number, member_id, phone, wanted, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		ticket, r.memberOrNull(), s.store.Search(phone.Value), s.store.SealAt("callbacks.wanted", ticket, cut(member.Mask(r.args["when"]))),
		s.store.SealAt("callbacks.reason", ticket, cut(member.Mask(r.args["reason"]))), r.now.UnixMilli())
	return Result{OK: true, Rows: []map[string]string{{"ticket": ticket, "phone": phone.Masked()}}}, err
}

func (s *Shop) callbackPhone(ctx context.Context, tx *sql.Tx, r *request) (member.Handle, error) {
	if r.args["phone"] != "" {
		return member.Phone(r.args["phone"])
	}
	h := member.Handle{Kind: member.HandlePhone}
	err := tx.QueryRowContext(ctx, `SELECT value FROM handles WHERE member_id = $1 AND kind = $2 ORDER BY added_at LIMIT 1`,
		r.member, h.Kind).Scan(&h.Value)
	if errors.Is(err, sql.ErrNoRows) {
		return h, member.ErrUnknown
	}
	return h, err
}

func (r *request) memberOrNull() *member.ID {
	if r.member == "" {
		return nil
	}
	return &r.member
}

// nextNumber counts up a series of numbers that people read out.
func nextNumber(ctx context.Context, tx *sql.Tx, series string) (string, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `UPDATE numbers SET last = last + 1 WHERE name = $1 RETURNING last`, series).Scan(&n)
	return strconv.FormatInt(n, 10), err
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > longestText {
		return string(runes[:longestText])
	}
	return text
}

// Callback is somebody who waits to be called.
type Callback struct {
	Ticket  string        `json:"ticket"`
	Member  member.ID     `json:"member,omitempty"`
	Phone   string        `json:"phone"` // masked
	Handle  member.Handle `json:"-"`     // whom to dial
	When    string        `json:"when,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Created time.Time     `json:"created"`
	Done    *time.Time    `json:"done,omitempty"`
}

// Callbacks returns who waits to be called, the longest waiting first, or with all
// those who have been called too.
func (s *Shop) Callbacks(ctx context.Context, all bool) ([]Callback, error) {
	var found []Callback
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT number, COALESCE(member_id, ''), phone, `+store.Opened("callbacks.wanted", "callbacks.reason")+`, created_at, done_at
			FROM callbacks WHERE $1 OR done_at IS NULL ORDER BY created_at, number LIMIT 500`, all) //nolint:gosec // the store's own names
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var c Callback
			var created int64
			var done *int64
			c.Handle.Kind = member.HandlePhone
			if err := rows.Scan(&c.Ticket, &c.Member, &c.Handle.Value, &c.When, &c.Reason, &created, &done); err != nil {
				return err
			}
			c.Phone, c.Created = c.Handle.Masked(), time.UnixMilli(created).In(s.store.Place())
			if done != nil {
				at := time.UnixMilli(*done).In(s.store.Place())
				c.Done = &at
			}
			found = append(found, c)
		}
		return rows.Err()
	})
	return found, err
}

// CallbackDone notes that the person has been called. Again is no error.
func (s *Shop) CallbackDone(ctx context.Context, ticket string) error {
	return s.store.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE callbacks SET done_at = COALESCE(done_at, $2) WHERE number = $1`, ticket, time.Now().UnixMilli())
		return err
	})
}

// Resolve closes a complaint's ticket, so that the next call does not open with it.
func (s *Shop) Resolve(ctx context.Context, ticket string) error {
	var id *member.ID
	var version int64
	err := s.store.Change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE tickets SET resolved_at = COALESCE(resolved_at, $2) WHERE number = $1 RETURNING member_id`,
			ticket, time.Now().UnixMilli()).Scan(&id)
		if err == nil && id != nil {
			version, err = store.Touch(ctx, tx, *id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("resolve ticket %s: %w", cmp.Or(ticket, "without a number"), err)
	}
	if id != nil && s.cfg.Members != nil {
		s.cfg.Members.Changed(ctx, *id, version)
	}
	return nil
}
