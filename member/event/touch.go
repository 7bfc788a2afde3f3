package event

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"huike/member"
	"huike/member/audit"
)

// touch gives each member a new version, and leaves the audit rows.
func (b *batch) touch(ctx context.Context, tx *sql.Tx, touched map[member.ID]bool) error {
	kinds := make(map[member.ID][]string, len(b.fresh))
	for id := range touched {
		kinds[id] = nil
	}
	for _, e := range b.fresh {
		if known := kinds[e.owner]; !slices.Contains(known, e.Kind) {
			kinds[e.owner] = append(known, e.Kind)
		}
		if b.matters(e.Kind) {
			b.label[e.owner] = true
		}
	}
	ids := slices.Sorted(maps.Keys(kinds))
	var err error
	if b.versions, err = b.in.store.TouchAll(ctx, tx, ids, b.now); err != nil {
		return err
	}
	if len(b.versions) < len(ids) { // each event's row needs its member's
		return errStranger
	}
	if len(b.label) > 0 && b.in.cfg.Tags != nil {
		if _, err = b.in.cfg.Tags.Derive(ctx, tx, slices.Sorted(maps.Keys(b.label)), b.now); err != nil {
			return err
		}
	}
	if b.in.cfg.Trail == nil {
		return nil
	}
	for _, id := range ids {
		err := b.in.cfg.Trail.Append(audit.Row{
			At: b.now, Member: string(id), Reader: "events", Role: string(member.RoleSystem), Purpose: string(member.PurposeService),
			Action: audit.Record, Fields: joined(slices.Sorted(slices.Values(kinds[id]))), Outcome: audit.OK,
		})
		if err != nil {
			return member.ErrUntraced
		}
	}
	return nil
}

// rule takes the rules of labels that the transaction sees.
func (b *batch) rule(ctx context.Context, tx *sql.Tx) (err error) {
	if b.in.cfg.Tags != nil && len(b.fresh) > 0 {
		b.rules, err = b.in.cfg.Tags.Looks(ctx, tx)
	}
	return err
}

// matters reports whether a label can hang on what an event of a kind changes.
func (b *batch) matters(kind string) bool {
	if b.rules == nil {
		return false
	}
	yes, known := b.looks[kind]
	if !known {
		yes = b.rules("events", kind) || slices.ContainsFunc(changes(kind), func(list string) bool { return b.rules(list, "") })
		b.looks[kind] = yes
	}
	return yes
}

// changes names the lists, beside the events themselves, that events of a kind change.
func changes(kind string) []string {
	switch kind {
	case Order, Return:
		return []string{"orders", "items"}
	case Complaint, Rating, Call, Campaign:
		return []string{"contacts"}
	case Stage:
		return []string{"stage"}
	}
	return nil
}
