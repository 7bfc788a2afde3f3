package tag

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"huike/member"
	"huike/member/store"
)

// Effect is what rules would change about one tag or tier.
type Effect struct {
	Name string `json:"name"` // {} stands for the value; empty: no tier
	Now  int    `json:"now"`  // members who have it today, by a rule
	Then int    `json:"then"` // who would have it
	Gain int    `json:"gain"` // who would get it
	Lose int    `json:"lose"`
	Gone bool   `json:"gone,omitempty"` // the rules have it no more
	Fail string `json:"fail,omitempty"` // why it cannot be worked out for some, who keep what they have
}

// Trial is what rules would do to members if they were in force at once.
type Trial struct {
	Of    int      `json:"of"`   // members
	Seen  int      `json:"seen"` // of whom so many were held to the rules, in the order of their ids
	Tags  []Effect `json:"tags"` // as the rules have them; then those that are no more
	Tiers []Effect `json:"tiers"`
}

// Try holds members to rules that are not in force, without changing anything, until all
// are seen or enough, which is asked after each, says that it is.
func (k *Keeper) Try(ctx context.Context, r *Rules, enough func(seen int) bool) (Trial, error) {
	t := &trial{Trial: Trial{Tags: []Effect{}, Tiers: []Effect{}}, rules: r, fails: map[string]string{}, enough: enough}
	for i := range r.tags {
		t.Tags = append(t.Tags, Effect{Name: r.tags[i].name})
	}
	for i := range r.tiers {
		t.Tiers = append(t.Tiers, Effect{Name: r.tiers[i].name})
	}
	after := member.ID("")
	for {
		var ids []member.ID
		err := k.store.View(ctx, func(tx *sql.Tx) error {
			ids = nil
			err := store.Each(ctx, tx, func(scan func(...any) error) error {
				var id member.ID
				err := scan(&id)
				ids = append(ids, id)
				return err
			}, `SELECT id FROM members WHERE id > $1 ORDER BY id LIMIT $2`, string(after), sweepMembers)
			if err == nil && t.Of == 0 {
				err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM members`).Scan(&t.Of)
			}
			if err != nil || len(ids) == 0 {
				return err
			}
			return t.members(ctx, tx, k, ids)
		})
		if err != nil {
			return Trial{}, err
		}
		if len(ids) < sweepMembers || t.done {
			break
		}
		after = ids[len(ids)-1]
	}
	t.Of = max(t.Of, t.Seen)
	for i := range t.Tags {
		t.Tags[i].Fail = t.fails[t.Tags[i].Name]
	}
	for i := range t.Tiers {
		t.Tiers[i].Fail = t.fails[t.Tiers[i].Name]
	}
	return t.Trial, nil
}

// trial is one on its way.
type trial struct {
	Trial

	rules *Rules
	fails map[string]string

	enough func(seen int) bool
	done   bool
}

// members holds some to the rules. It counts nothing before all of them were read.
func (t *trial) members(ctx context.Context, tx *sql.Tx, k *Keeper, ids []member.ID) error {
	now := k.cfg.Now()
	all, err := k.read(ctx, tx, &t.rules.need, ids, now)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if t.done = t.done || t.Seen > 0 && t.enough(t.Seen); t.done {
			return nil
		}
		t.Seen++
		h := all[id]
		f := t.rules.find(h, now, func(rule string, err error) { t.fails[rule] = err.Error() })
		t.tags(k.Rules(), h, &f)
		if len(t.rules.tiers) == 0 {
			continue // tiers stay as they are
		}
		if f.tier == h.Tier {
			count(&t.Tiers, f.tier, true, true)
		} else {
			count(&t.Tiers, h.Tier, true, false)
			count(&t.Tiers, f.tier, false, true)
		}
	}
	return nil
}

func (t *trial) tags(inForce *Rules, h *history, f *Finding) {
	had := map[string]bool{}
	for i := range h.tags {
		one := &h.tags[i]
		if one.Source != SourceRule {
			had[one.Name] = true // by hand: it is not the rule's to give or to take
			continue
		}
		_, then := f.tags[one.Name]
		then = then || t.rules.keeps(f.kept, one.Name)
		count(&t.Tags, t.ruleOf(one.Name, inForce), true, then)
		had[one.Name] = true
	}
	for name := range f.tags {
		if !had[name] {
			count(&t.Tags, t.ruleOf(name, inForce), false, true)
		}
	}
}

// ruleOf is the name of the rule that makes a tag: one of these rules, or of those in force.
func (t *trial) ruleOf(name string, inForce *Rules) string {
	for _, rules := range []*Rules{t.rules, inForce} {
		for i := range rules.tags {
			if makes(rules.tags[i].name, name) {
				return rules.tags[i].name
			}
		}
	}
	return name
}

// count adds one member to an effect, which is made where the rules have none such.
func count(all *[]Effect, name string, had, has bool) {
	i := slices.IndexFunc(*all, func(e Effect) bool { return e.Name == name })
	if i < 0 {
		i = len(*all)
		*all = append(*all, Effect{Name: name, Gone: true})
	}
	e := &(*all)[i]
	if had {
		e.Now++
	}
	if has {
		e.Then++
	}
	switch {
	case has && !had:
		e.Gain++
	case had && !has:
		e.Lose++
	}
}
