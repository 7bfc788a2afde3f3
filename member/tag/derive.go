package tag

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"huike/member"
	"huike/member/store"
)

// Sources of a tag and of a change in the history.
const (
	SourceRule  = "rule"
	SourceTier  = "tier" // in the history alone
	SourceAgent = "agent"
)

// hit is a rule that is true of a member.
type hit struct {
	rule string // its text
	saw  Evidence
}

// Finding is what the rules say of one member at one moment.
type Finding struct {
	tags  map[string]hit
	kept  map[string]bool // names of rules that could not be worked out: what stands, stands
	tier  string
	tierd hit
	due   int64 // ms; when to look again; 0: never
}

func (f *Finding) soon(at int64) {
	if at != 0 && (f.due == 0 || at < f.due) {
		f.due = at
	}
}

// find holds a member to the rules. failed is told of each rule that cannot be worked out.
func (r *Rules) find(h *history, now time.Time, failed func(rule string, err error)) Finding {
	f := Finding{tags: map[string]hit{}, kept: map[string]bool{}, tier: h.Tier}
	h.Has = func(name string) bool {
		return slices.ContainsFunc(h.tags, func(t member.Tag) bool {
			return t.Name == name && t.Source != SourceRule && (t.Until == nil || t.Until.After(now))
		})
	}
	for _, t := range h.tags {
		if t.Until != nil && t.Until.After(now) {
			f.soon(t.Until.UnixMilli())
		}
	}
	for i := range r.tags {
		if name, one, ok := r.tags[i].find(h, &f, now, failed); !ok {
			f.kept[r.tags[i].name] = true
		} else if name != "" {
			f.tags[name] = one
		}
	}
	for i := range r.tiers {
		t := &r.tiers[i]
		if t.when == nil {
			f.tier, f.tierd = t.name, hit{rule: "everybody else"}
			break
		}
		says, saw, due, err := t.when.ask(&h.env, now)
		f.soon(due)
		if err != nil {
			failed(t.name, err)
			break // the tier stays as it is
		}
		if says == true {
			f.tier, f.tierd = t.name, hit{t.when.text, saw}
			break
		}
	}
	return f
}

// find works out one rule: the tag's name, or "" where it is not to be.
func (r *rule) find(h *history, f *Finding, now time.Time, failed func(rule string, err error)) (name string, one hit, ok bool) {
	if r.when != nil {
		says, saw, due, err := r.when.ask(&h.env, now)
		f.soon(due)
		if err != nil {
			failed(r.name, err)
			return "", hit{}, false
		}
		if says != true {
			return "", hit{}, true
		}
		one = hit{r.when.text, saw}
	}
	if r.value == nil {
		return r.name, one, true
	}
	says, saw, due, err := r.value.ask(&h.env, now)
	f.soon(due)
	if err != nil {
		failed(r.name, err)
		return "", hit{}, false
	}
	value, _ := says.(string)
	name = strings.ReplaceAll(r.name, "{}", value)
	if value == "" || checkName(name) != nil {
		return "", hit{}, true
	}
	return name, hit{r.value.text, saw}, true
}

// Derive brings the tags and tiers of members up to date, in the caller's transaction,
// and returns those whose labels changed. The caller gives them a new version.
func (k *Keeper) Derive(ctx context.Context, tx *sql.Tx, ids []member.ID, now time.Time) ([]member.ID, error) {
	r, err := k.newest(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := k.read(ctx, tx, &r.need, ids, now)
	if err != nil {
		return nil, err
	}
	w := &writer{store: k.store, tx: tx, now: now}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f := r.find(all[id], now, k.failed)
		w.member(r, id, all[id], &f)
	}
	return w.changed, w.write(ctx)
}

// writer gathers the rows that change.
type writer struct {
	store   *store.Store
	tx      *sql.Tx
	now     time.Time
	changed []member.ID

	tags, history, dues [][]any
	gone                [][]any  // member and name
	tiers               [][]any  // member and tier
	idle                []string // members with nothing due
}

func (w *writer) member(r *Rules, id member.ID, h *history, f *Finding) {
	before := len(w.history)
	had := w.leave(r, id, h, f)
	for _, name := range slices.Sorted(maps.Keys(f.tags)) {
		if !had[name] {
			one := f.tags[name]
			w.tags = append(w.tags, []any{string(id), name, SourceRule, "", w.now.UnixMilli(), (*int64)(nil)})
			w.tell(id, name, "added", SourceRule, one.rule, &one.saw)
		}
	}
	if f.tier != h.Tier {
		if h.Tier != "" {
			w.tell(id, h.Tier, "removed", SourceTier, "", nil)
		}
		w.tiers = append(w.tiers, []any{string(id), f.tier})
		w.tell(id, f.tier, "added", SourceTier, f.tierd.rule, &f.tierd.saw)
	}
	if len(w.history) > before {
		w.changed = append(w.changed, id)
	}
	switch {
	case f.due == 0 && h.due != nil:
		w.idle = append(w.idle, string(id))
	case f.due != 0 && (h.due == nil || *h.due != f.due):
		w.dues = append(w.dues, []any{string(id), f.due})
	}
}

// leave takes away what is over, and returns what stays.
func (w *writer) leave(r *Rules, id member.ID, h *history, f *Finding) (stay map[string]bool) {
	stay = map[string]bool{}
	for _, t := range h.tags {
		_, wanted := f.tags[t.Name]
		switch {
		case t.Until != nil && !t.Until.After(w.now): // a rule may put its own in place
			w.gone = append(w.gone, []any{string(id), t.Name})
			w.tell(id, t.Name, "removed", t.Source, "its time is over", nil)
		case t.Source == SourceRule && !wanted && !r.keeps(f.kept, t.Name):
			w.gone = append(w.gone, []any{string(id), t.Name})
			w.tell(id, t.Name, "removed", t.Source, "the rule is no longer true", nil)
		default:
			stay[t.Name] = true
		}
	}
	return stay
}

// keeps reports whether a tag is of a rule that could not be worked out.
func (r *Rules) keeps(kept map[string]bool, name string) bool {
	for rule := range kept {
		if makes(rule, name) {
			return true
		}
	}
	return false
}

// makes reports whether a tag is of the rule with that name, whose {} stands for a value.
func makes(rule, name string) bool {
	before, after, open := strings.Cut(rule, "{}")
	return rule == name || open && len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}

func (w *writer) tell(id member.ID, name, change, source, reason string, saw *Evidence) {
	evidence := ""
	if saw != nil {
		if text, err := json.Marshal(saw); err == nil {
			evidence = string(text)
		}
	}
	w.history = append(w.history, []any{string(id), name, change, source, "", w.now.UnixMilli(), reason, evidence})
}

func (w *writer) write(ctx context.Context) error {
	if err := w.drop(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		into, after string
		rows        [][]any
	}{
		{`tags (member_id, name, source, author, at, until)`, ` ON CONFLICT (member_id, name) DO NOTHING`, w.tags},
		{`tag_history (member_id, name, change, source, author, at, reason, evidence)`, ``, w.history},
		{`tag_due (member_id, at)`, ` ON CONFLICT (member_id) DO UPDATE SET at = excluded.at`, w.dues},
	} {
		if err := w.store.Insert(ctx, w.tx, step.into, step.after, step.rows); err != nil {
			return err
		}
	}
	for _, t := range w.tiers {
		if _, err := w.tx.ExecContext(ctx, `UPDATE members SET tier = $2 WHERE id = $1`, t...); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes the tags and the dates that are over.
func (w *writer) drop(ctx context.Context) error {
	none := func(scan func(...any) error) error {
		var id string
		return scan(&id)
	}
	err := w.store.EachIn(ctx, w.tx, none, `DELETE FROM tags WHERE (member_id, name) IN? RETURNING member_id`, w.gone)
	if err == nil {
		err = w.store.EachOf(ctx, w.tx, none, `DELETE FROM tag_due WHERE member_id IN? RETURNING member_id`, w.idle)
	}
	return err
}
