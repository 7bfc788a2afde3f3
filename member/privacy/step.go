package privacy

import (
	"context"
	"errors"
)

// Step is one place that an erasure goes to.
type Step struct {
	// Name is record, tags, tombstone, a copy's own name or copy, recordings (with their
	// transcripts and journals) or pages, which is the room that the rows had.
	Name  string `json:"name"`
	Count int64  `json:"count"` // rows, handles, members or calls
	Done  bool   `json:"done"`  // false: it failed, and the same erasure again does it
}

// Named gives a [Forgetter] the name that its step has.
func Named(name string, f Forgetter) Forgetter { return named{f, name} }

type named struct {
	Forgetter
	name string
}

// steps are those of one erasure and what went wrong in them.
type steps struct {
	to   *Erased
	errs []error
}

func (s *steps) step(name string, n int64, err error) {
	s.to.Steps = append(s.to.Steps, Step{name, n, err == nil})
	s.errs = append(s.errs, err)
}

// reach drops what is held outside of the store, after what the store has done.
func (d *Desk) reach(ctx context.Context, e *erasure, done *Erased) *steps {
	all := &steps{to: done}
	record, tags := int64(0), int64(0)
	for table, n := range e.rows {
		if table == "tags" || table == "tag_history" {
			tags += n
			continue
		}
		record += n
	}
	all.step("record", record, nil)
	all.step("tags", tags, nil)
	all.step("tombstone", int64(len(e.handles)), nil)
	for _, f := range d.cfg.Forget {
		name := "copy"
		if n, is := f.(named); is {
			name = n.name
		}
		var errs []error
		for _, id := range e.ids {
			errs = append(errs, f.Forget(ctx, id, e.handles))
		}
		all.step(name, int64(len(e.ids)), errors.Join(errs...))
	}
	var errs []error
	for _, call := range e.calls {
		if d.cfg.Calls != nil {
			errs = append(errs, d.cfg.Calls.Delete(ctx, call))
		}
	}
	all.step("recordings", int64(len(e.calls)), errors.Join(errs...))
	return all
}
