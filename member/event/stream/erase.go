package stream

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"huike/member"
)

// page is how many entries are looked at in one go.
const page = 1000

// Eraser takes a person who is erased out of a stream: entries that were taken long ago
// stay in a stream until somebody deletes them.
type Eraser struct {
	Redis  redis.UniversalClient
	Stream string // its key; "": huike:events
}

// Forget deletes the entries that name the member, by id or by handle.
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
		var mine []string
		for _, entry := range entries {
			if member.Mentions(text(entry.Values), []member.ID{id}, handles) {
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

// text is all that an entry says.
func text(values map[string]any) string {
	var b strings.Builder
	for name, value := range values {
		fmt.Fprintln(&b, name, value)
	}
	return b.String()
}
