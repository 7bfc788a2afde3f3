package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"huike/member/segment"
	"huike/member/store"
)

// savedSegments is a store and its named segments, for one command.
type savedSegments struct{ memberStore }

// with opens the shelf for as long as do works, once the trail says what it does.
func (c *savedSegments) with(ctx context.Context, what string, do func(*store.Store, *segment.Shelf) error) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	if err := traced(ctx, s, "", "segment", what); err != nil {
		return err
	}
	err = do(s, &segment.Shelf{Store: s})
	if errors.Is(err, segment.ErrNone) {
		err = fmt.Errorf("%w; see huike member segment saved", err)
	}
	return err
}

type segmentSave struct {
	Name string `arg:"" help:"The segment's name; one that is there already gets the new expression."`
	When string `arg:"" help:"An expression, as for count."`
	savedSegments
}

// Run saves the segment and counts it.
func (c *segmentSave) Run(ctx context.Context, to streams) error {
	one, err := segment.Parse(c.When)
	if err != nil {
		return err
	}
	return c.with(ctx, "save", func(s *store.Store, shelf *segment.Shelf) error {
		book, err := bookOf(ctx, s, to)
		if err != nil {
			return err
		}
		if _, _, err := book.Find(ctx, one); err != nil {
			return err
		}
		saved, err := shelf.Get(ctx, c.Name)
		switch {
		case err == nil:
			saved, err = shelf.Change(ctx, saved.ID, saved.Version, saved.Name, one, operator())
		case errors.Is(err, segment.ErrNone):
			saved, err = shelf.Save(ctx, c.Name, one, operator())
		}
		if err != nil {
			return err
		}
		return countSaved(ctx, book, shelf, []segment.Saved{saved}, to)
	})
}

// countSaved counts saved segments now, and prints a line for each.
func countSaved(ctx context.Context, book *segment.Book, shelf *segment.Shelf, all []segment.Saved, to streams) error {
	if err := shelf.Count(ctx, book, all); err != nil {
		return err
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	for i := range all {
		one := &all[i]
		if one.Fail != "" {
			fmt.Fprintf(table, "%s\tnot counted: %s\n", one.Name, one.Fail)
			continue
		}
		fmt.Fprintf(table, "%s\t%d of %d members\t%d to profiling\t%d to marketing\t%s\t%s\n",
			one.Name, one.Days[0].Members, one.Days[0].Of, one.Days[0].Profiled, one.Days[0].Reachable, one.Author, one.Segment)
	}
	return table.Flush()
}

type segmentSaved struct {
	Name string `arg:"" optional:"" help:"Print this segment's counts, day by day."`
	JSON bool   `help:"Print a JSON object for each, with its counts."`
	savedSegments
}

// Run counts and prints the saved segments.
func (c *segmentSaved) Run(ctx context.Context, to streams) error {
	return c.with(ctx, "saved", func(s *store.Store, shelf *segment.Shelf) error {
		if c.Name != "" {
			one, err := shelf.Get(ctx, c.Name)
			if err != nil {
				return err
			}
			if c.JSON {
				return json.NewEncoder(to.out).Encode(one)
			}
			for _, d := range one.Days {
				fmt.Fprintf(to.out, "%s\t%d of %d members\n", d.Day, d.Members, d.Of)
			}
			return nil
		}
		all, err := shelf.All(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeLines(to.out, all)
		}
		book, err := bookOf(ctx, s, to)
		if err != nil {
			return err
		}
		return countSaved(ctx, book, shelf, all, to)
	})
}

type segmentRename struct {
	Name string `arg:"" help:"The segment's name."`
	New  string `arg:"" help:"Its new name."`
	savedSegments
}

// Run gives a segment another name.
func (c *segmentRename) Run(ctx context.Context) error {
	return c.with(ctx, "change", func(_ *store.Store, shelf *segment.Shelf) error {
		saved, err := shelf.Get(ctx, c.Name)
		if err != nil {
			return err
		}
		one, err := segment.Parse(saved.Segment)
		if err == nil {
			_, err = shelf.Change(ctx, saved.ID, saved.Version, c.New, one, operator())
		}
		return err
	})
}

type segmentDelete struct {
	Name string `arg:"" help:"The segment's name."`
	savedSegments
}

// Run forgets a segment.
func (c *segmentDelete) Run(ctx context.Context) error {
	return c.with(ctx, "delete", func(_ *store.Store, shelf *segment.Shelf) error {
		saved, err := shelf.Get(ctx, c.Name)
		if err == nil {
			err = shelf.Delete(ctx, saved.ID, saved.Version)
		}
		return err
	})
}

// namedOr parses an expression, or takes that of the saved segment with this name.
func namedOr(ctx context.Context, s *store.Store, text string) (*segment.Segment, error) {
	saved, err := (&segment.Shelf{Store: s, Now: time.Now}).Get(ctx, text)
	if err == nil {
		text = saved.Segment
	} else if !errors.Is(err, segment.ErrNone) {
		return nil, err
	}
	return segment.Parse(text)
}
