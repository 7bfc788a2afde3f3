package connect

import (
	"context"
	"encoding/json"

	"huike/member/event"
)

// Taker takes events; [event.Inbox] is one.
type Taker interface {
	Take(ctx context.Context, bodies [][]byte) ([]event.Outcome, error)
	Bury(ctx context.Context, source, reason string, body []byte) error
}

// Report counts what became of rows.
type Report struct {
	Pages     int `json:"pages,omitempty"`
	Rows      int `json:"rows"`
	Accepted  int `json:"accepted"`
	Duplicate int `json:"duplicate"`
	Refused   int `json:"refused"`
	Left      int `json:"left,omitempty"` // out by when
}

// take has the rows' events taken. Rows of which no event can be made are in the dead
// letters. It returns the newest of the events' times, as they were written.
func (m *mapping) take(ctx context.Context, in Taker, source string, rows []any, r *Report) (newest string, err error) {
	var bodies [][]byte
	for _, row := range rows {
		r.Rows++
		body, reason := m.event(source, row)
		switch {
		case reason != "":
			r.Refused++
			text, _ := json.Marshal(row) //nolint:errchkjson // it was JSON
			if err := in.Bury(ctx, source, reason, text); err != nil {
				return "", err
			}
		case body == nil:
			r.Left++
		default:
			bodies = append(bodies, body)
			newest = later(newest, body)
		}
	}
	out, err := in.Take(ctx, bodies)
	for _, o := range out {
		switch o.Status {
		case event.Accepted:
			r.Accepted++
		case event.Duplicate:
			r.Duplicate++
		case event.Refused:
			r.Refused++
		}
	}
	return newest, err
}
