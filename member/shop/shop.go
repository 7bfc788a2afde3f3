// Package shop does the shop's business for a member: points, orders, stock, opening
// hours, coupons, complaints and call-backs, by the names that flows call them. This
// one keeps its books in the member store's file; a shop with systems of its own is
// reached by another implementation of the same method, [Shop.Do].
//
// It says nothing of another member, nothing without the member's consent to service,
// and does each write once however often it is asked. It starts no goroutine.
package shop

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/shop/policy"
	"huike/member/store"
)

// Codes of a [Result]; empty when OK and there is nothing more to say.
const (
	CodeUnknownMember = "unknown_member" // the operation needs a member, and nobody is known
	CodeNoConsent     = "no_consent"     // the member has not consented to service
	CodeNotFound      = "not_found"      // no such order, product or store; or nothing at all to show
	CodeMissing       = "missing"        // an argument is missing: Rows[0]["arg"] names it
	CodeInvalid       = "invalid"        // an argument cannot be read: Rows[0]["arg"] names it
	CodeNoStock       = "no_stock"       // the product is known and no store has it
	CodeAmbiguous     = "ambiguous"      // several things fit: each is a row
	CodeDuplicate     = "duplicate"      // the number is a member's already
	CodeUnknownOp     = "unknown_operation"
	CodeUnavailable   = "unavailable" // the shop's systems do not answer; comes with an error
)

// ErrKey says that an idempotency key was used before for something else, or that a
// write came without one.
var ErrKey = errors.New("idempotency key is missing or was used for another write")

// Result is what came of an operation. Rows hold words for the wording: dates as
// 2006-01-02, money as 399.00, codes in English, names in the language asked for.
type Result struct {
	OK   bool                `json:"ok"`
	Code string              `json:"code,omitempty"`
	Rows []map[string]string `json:"rows,omitempty"`
}

// Members is told of what changed behind a profile; [member.Directory] is one.
type Members interface {
	Changed(ctx context.Context, id member.ID, version int64)
}

// Config shapes a [Shop]. Zero values work.
type Config struct {
	Members Members        // told after each write; nil tells nobody
	Trail   member.Trail   // takes the audit rows; nil keeps none, which is for tests
	Policy  *policy.Policy // the shop's rules; nil: the demonstration shop's
	Relearn time.Duration  // how long recommendations rest on what was learned of orders; 0: 10 min
}

// Shop is safe from any goroutine.
type Shop struct {
	store *store.Store
	cfg   Config
	rules *policy.Policy
	fault error // of the rules
	ops   map[string]operation

	foreseeing sync.Mutex // held while the first outlook is made for who asks

	outlook atomic.Pointer[Outlook] // nil before the first [Shop.Foresee]
	taste   taste
}

// New returns a shop on the store's books.
func New(s *store.Store, cfg Config) *Shop {
	shop := &Shop{store: s, cfg: cfg, rules: cfg.Policy}
	if shop.rules == nil {
		shop.rules, shop.fault = policy.Default()
	}
	shop.ops = shop.operations()
	return shop
}

// request is one call of Do, checked.
type request struct {
	member  member.ID
	op      string
	args    map[string]string
	key     string
	lang    string
	now     time.Time
	changed int64               // the member's new version, if the write made one
	others  map[member.ID]int64 // the new versions of other members that it changed
}

// Do runs an operation for a member, or for a caller whom nobody knows if id is empty.
// args are the operation's own, and lang ("zh" or "en") and call (for the audit row).
// What a caller may hear is in the Result; an error is the shop's own failure, and
// then the Result's code is [CodeUnavailable]. A write needs a key; the same key again
// returns the first result and writes nothing.
func (s *Shop) Do(ctx context.Context, id member.ID, op string, args map[string]string, key string) (Result, error) {
	o, known := s.ops[op]
	if !known {
		return Result{Code: CodeUnknownOp}, nil
	}
	if s.fault != nil {
		return Result{Code: CodeUnavailable}, s.fault
	}
	asked := request{member: id, op: op, args: args, key: key, lang: args["lang"], now: time.Now().In(s.store.Place())}
	if err := s.trace(&asked, o); err != nil {
		return Result{Code: CodeUnavailable}, err
	}
	var result Result
	var r *request
	run := func(tx *sql.Tx) error {
		again := asked // a change that met another is done again: it finds nothing of the first time
		r, again.args = &again, maps.Clone(args)
		code, err := s.admit(ctx, tx, r, o)
		if err != nil || code != "" {
			result = Result{Code: code}
			return err
		}
		if o.writes {
			result, err = s.once(ctx, tx, r, o)
			return err
		}
		result, err = o.do(ctx, tx, r)
		return err
	}
	var err error
	if o.writes {
		err = s.store.Change(ctx, run)
	} else {
		err = s.store.View(ctx, run)
	}
	if err != nil {
		return Result{Code: CodeUnavailable}, fmt.Errorf("%s: %w", op, err)
	}
	if r.changed > 0 && s.cfg.Members != nil {
		s.cfg.Members.Changed(ctx, id, r.changed)
	}
	for other, version := range r.others {
		if s.cfg.Members != nil {
			s.cfg.Members.Changed(ctx, other, version)
		}
	}
	return result, nil
}

// Admit says whether an operation may be done for a member somewhere else, with the
// shop's own code where it may not, and leaves the audit row. An operation that the shop
// does not know is taken to touch the member's data.
func (s *Shop) Admit(ctx context.Context, id member.ID, op, call string) (code string, err error) {
	o, known := s.ops[op]
	if !known {
		o = operation{personal: true}
	}
	r := &request{member: id, op: op, args: map[string]string{"call": call}, now: time.Now().In(s.store.Place())}
	if err := s.trace(r, o); err != nil {
		return "", err
	}
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		code, err = s.admit(ctx, tx, r, o)
		return err
	})
	return code, err
}

// admit refuses what needs a member or a consent that is not there.
func (s *Shop) admit(ctx context.Context, tx *sql.Tx, r *request, o operation) (code string, err error) {
	if !o.personal {
		return "", nil
	}
	if r.member == "" {
		return CodeUnknownMember, nil
	}
	var given sql.NullBool
	err = tx.QueryRowContext(ctx, `SELECT (SELECT given FROM consents WHERE member_id = m.id AND purpose = $2 ORDER BY id DESC LIMIT 1)
		FROM members m WHERE id = $1`, r.member, member.PurposeService).Scan(&given)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return CodeUnknownMember, nil
	case err != nil:
		return "", err
	case !given.Bool:
		return CodeNoConsent, nil
	}
	return "", nil
}

// trace leaves the audit row of whatever touches one member's data.
func (s *Shop) trace(r *request, o operation) error {
	if s.cfg.Trail == nil || (!o.personal && !o.looks && !o.writes) {
		return nil
	}
	err := s.cfg.Trail.Append(audit.Row{
		At: r.now, Member: string(r.member), Reader: "shop", Role: string(member.RoleRobot),
		Purpose: string(cmp.Or(o.purpose, member.PurposeService)), Call: r.args["call"], Action: audit.Shop, Fields: r.op, Outcome: audit.OK,
	})
	if err != nil {
		return member.ErrUntraced
	}
	return nil
}

func missing(arg string) Result {
	return Result{Code: CodeMissing, Rows: []map[string]string{{"arg": arg}}}
}

func invalid(arg string) Result {
	return Result{Code: CodeInvalid, Rows: []map[string]string{{"arg": arg}}}
}

// pick returns the words in the caller's language.
func (r *request) pick(zh, en string) string {
	if (r.lang == "en" && en != "") || zh == "" {
		return en
	}
	return zh
}

// money writes hundredths as 399.00.
func money(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%02d", sign, amount/100, amount%100)
}

func (s *Shop) date(ms int64) string {
	return time.UnixMilli(ms).In(s.store.Place()).Format(time.DateOnly)
}
