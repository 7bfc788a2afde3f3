package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"huike/member"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/tag"
)

// memberSegment finds members of whom something is true.
type memberSegment struct {
	Count    segmentCount    `cmd:"" help:"Count the members of segments, all on one snapshot."`
	List     segmentList     `cmd:"" help:"Print the ids of a segment's members who have agreed to profiling."`
	Save     segmentSave     `cmd:"" help:"Give an expression a name, so that it is counted day by day; pages and list know it by the name."`
	Saved    segmentSaved    `cmd:"" help:"Print the saved segments with how many members they have now, or the counts of one."`
	Rename   segmentRename   `cmd:"" help:"Give a saved segment another name."`
	Delete   segmentDelete   `cmd:"" help:"Forget a saved segment and its counts; no member changes."`
	Portrait segmentPortrait `cmd:"" help:"Print what a member prefers, how often the member buys and is in touch, and what that rests on."`
}

// bookOf reads all members, with progress.
func bookOf(ctx context.Context, s *store.Store, to streams) (*segment.Book, error) {
	told := time.Now()
	book, err := segment.Load(ctx, s, time.Now(), func(part string, rows int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "\rreading %s: %d rows   ", part, rows)
		}
	})
	return book, err
}

type segmentCount struct {
	When []string `arg:"" help:"Expressions such as 'r >= 4 and (spent >= 100000 or has(\"running\"))', over tier, stage, channel, lang, orders, spent (hundredths), basket, recency, since, gap (days), contacts, complaints, r, f, m, has(TAG), bought(CATEGORY)."`
	JSON bool     `help:"Print a JSON object for each."`
	memberStore
}

// Run counts.
func (c *segmentCount) Run(ctx context.Context, to streams) error {
	segments := make([]*segment.Segment, len(c.When))
	for i, text := range c.When {
		var err error
		if segments[i], err = segment.Parse(text); err != nil {
			return err
		}
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	began := time.Now()
	book, err := bookOf(ctx, s, to)
	if err != nil {
		return err
	}
	read := time.Since(began)
	for _, one := range segments {
		began := time.Now()
		_, n, err := book.Find(ctx, one)
		if err != nil {
			return err
		}
		took := time.Since(began)
		if c.JSON {
			if err := json.NewEncoder(to.out).Encode(map[string]any{"segment": one.String(), "count": n, "read_ms": read.Milliseconds(), "find_us": took.Microseconds()}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(to.out, "%d of %d members; %d have agreed to profiling, %d of them to marketing (read in %v, found in %v): %s\n",
			n.Members, n.Of, n.Profiled, n.Reachable, read.Round(time.Millisecond), took.Round(time.Microsecond), one)
	}
	return nil
}

type segmentList struct {
	When      string `arg:"" help:"An expression, as for count, or the name of a saved segment."`
	Marketing bool   `help:"Only who has agreed to marketing too."`
	memberStore
}

// Run prints ids, once the reading is in the audit trail.
func (c *segmentList) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	one, err := namedOr(ctx, s, c.When)
	if err != nil {
		return err
	}
	if err := traced(ctx, s, "", "segment", "ids"); err != nil {
		return err
	}
	book, err := bookOf(ctx, s, to)
	if err != nil {
		return err
	}
	found, _, err := book.Find(ctx, one)
	if err != nil {
		return err
	}
	for _, i := range found {
		if book.Allowed(i, member.PurposeProfiling) && (!c.Marketing || book.Allowed(i, member.PurposeMarketing)) {
			fmt.Fprintln(to.out, book.ID(i))
		}
	}
	return nil
}

type segmentPortrait struct {
	Member string `arg:"" help:"The member's id."`
	memberStore
}

// Run prints the portrait as JSON, once the reading is in the audit trail.
func (c *segmentPortrait) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	if err := traced(ctx, s, member.ID(c.Member), "get", "portrait"); err != nil {
		return err
	}
	k, err := tag.New(s, tag.Config{})
	if err != nil {
		return err
	}
	p, err := segment.Draw(ctx, s, k, member.ID(c.Member), time.Now())
	if err != nil {
		return err
	}
	out := json.NewEncoder(to.out)
	out.SetIndent("", "  ")
	return out.Encode(p)
}

// memberRFM scores all members.
type memberRFM struct {
	JSON bool `help:"Print a JSON object for each cell that has members."`
	memberStore
}

// Run prints how many members have each score.
func (c *memberRFM) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	book, err := bookOf(ctx, s, to)
	if err != nil {
		return err
	}
	var cells [6][6][6]int
	for i := range book.Len() {
		r, f, m := book.RFM(i)
		cells[r][f][m]++
	}
	if !c.JSON {
		fmt.Fprintf(to.out, "%d members, %d of them with orders\n", book.Len(), book.Len()-cells[0][0][0])
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	lines := json.NewEncoder(to.out)
	if !c.JSON {
		fmt.Fprintln(table, "R\tF\tM\tMEMBERS")
	}
	for n := 6*6*6 - 1; n > 0; n-- {
		r, f, m := n/36, n/6%6, n%6
		switch count := cells[r][f][m]; {
		case count == 0:
		case c.JSON:
			if err := lines.Encode(map[string]int{"r": r, "f": f, "m": m, "members": count}); err != nil {
				return err
			}
		default:
			fmt.Fprintf(table, "%d\t%d\t%d\t%d\n", r, f, m, count)
		}
	}
	return table.Flush()
}
