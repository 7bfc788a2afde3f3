package stream

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"huike/member"
)

// page is how many entries are looked at in one go.
const page = 1000

// Graves know who was forgotten, without their names or numbers; [store.Store] does.
type Graves interface {
	Forgotten(ctx context.Context, handles []member.Handle) (map[member.Handle]bool, error)
}

// Eraser takes a person who is erased out of a stream: entries that were taken long ago
// stay in a stream until somebody deletes them.
type Eraser struct {
	Redis  redis.UniversalClient
	Stream string // its key; "": huike:events
	Graves Graves // for entries whose subject was forgotten; nil: only by the handles that Forget is given
}

// Forget deletes the entries that name the member, by id or by handle, and those whose
// subject is a handle of anybody who was forgotten: whoever carries out the erasure of
// another process, or one again, has no handles.
func (e Eraser) Forget(ctx context.Context, id member.ID, handles []member.Handle) error {
	key := e.Stream
	if key == "" {
		key = defaultStream
	}
	for from := "-"; ; {
		entries, err := e.Redis.XRangeN(ctx, key, from, "+", page).Result()
		if err != nil {
			return fmt.Errorf("erase from the stream of events: %w", err)
		}
		gone, err := e.gone(ctx, entries)
		if err != nil {
			return fmt.Errorf("erase from the stream of events: %w", err)
		}
		var mine []string
		for _, entry := range entries {
			if gone[subject(entry.Values)] || member.Mentions(text(entry.Values), []member.ID{id}, handles) {
				mine = append(mine, entry.ID)
			}
		}
		if len(mine) > 0 {
			if err := e.Redis.XDel(ctx, key, mine...).Err(); err != nil {
				return fmt.Errorf("erase from the stream of events: %w", err)
			}
		}
		if len(entries) < page {
			return nil
		}
		from = "(" + entries[len(entries)-1].ID
	}
}

// gone tells which of the entries' subjects were forgotten.
func (e Eraser) gone(ctx context.Context, entries []redis.XMessage) (map[member.Handle]bool, error) {
	if e.Graves == nil {
		return nil, nil //nolint:nilnil // nobody is known to be
	}
	once := map[member.Handle]bool{}
	var all []member.Handle
	for _, entry := range entries {
		if h := subject(entry.Values); h != (member.Handle{}) && !once[h] {
			once[h], all = true, append(all, h)
		}
	}
	return e.Graves.Forgotten(ctx, all)
}

// subject is the handle that an entry is about; none where it has none that can be read.
func subject(values map[string]any) member.Handle {
	var about struct {
		Subject string `json:"subject"`
	}
	if err := json.Unmarshal(body(values), &about); err != nil {
		return member.Handle{}
	}
	h, err := member.ParseHandle(about.Subject)
	if err != nil {
		return member.Handle{}
	}
	return h
}

// text is all that an entry says, as JSON.
func text(values map[string]any) string {
	all, err := json.Marshal(values)
	if err != nil {
		return fmt.Sprint(values) // there is nothing in it that cannot be marshalled
	}
	return string(all)
}
