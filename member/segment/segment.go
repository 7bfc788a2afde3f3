// Package segment finds the members of whom something is true: a Boolean expression
// (https://expr-lang.org) over what they spend, how often and how lately, what they like
// and how they are labelled, with RFM scores. A [Book] is a snapshot of all members in
// columns, so that a segment is counted while it is being written; see [Parse] for the
// words. It also draws the portrait of one member, with what it rests on.
//
// Goroutines: [Book.Find] runs one worker for each core and waits for them.
package segment

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"golang.org/x/sync/errgroup"

	"huike/member"
	"huike/member/tag"
)

// Never is the recency of somebody who has never ordered, in days.
const Never = 100_000

// Row is what an expression knows of one member. Money is in hundredths, times are whole
// days.
type Row struct {
	Tier     string `expr:"tier"`
	Stage    string `expr:"stage"`
	Channel  string `expr:"channel"` // by which the member signed up
	Lang     string `expr:"lang"`
	Orders   int    `expr:"orders"` // not given back or called off
	Spent    int    `expr:"spent"`
	Basket   int    `expr:"basket"`  // average order; 0 without orders
	Recency  int    `expr:"recency"` // since the last order; Never without
	Since    int    `expr:"since"`   // since the first order; Never without
	Gap      int    `expr:"gap"`     // average between orders; 0 under two
	Contacts int    `expr:"contacts"`
	Troubles int    `expr:"complaints"`
	R        int    `expr:"r"` // 1 to 5, see Book; 0 without orders
	F        int    `expr:"f"`
	M        int    `expr:"m"`

	Has    func(tag string) bool     `expr:"has"`
	Bought func(category string) int `expr:"bought"` // items
}

// Segment is an expression, checked. It is read only, and safe from any goroutine.
type Segment struct {
	text string
	code *vm.Program
}

// Parse checks an expression over [Row], such as
//
//	r >= 4 and (spent >= 100000 or has("母婴潜在客户")) and not (bought("shoes") == 0)
//
// An error names the expression and what is wrong in it.
func Parse(text string) (*Segment, error) {
	options := []expr.Option{expr.Env(&Row{}), expr.AsBool(), expr.DisableBuiltin("now"), expr.DisableBuiltin("date"), expr.DisableBuiltin("duration")}
	code, err := expr.Compile(text, append(options, tag.Unbounded()...)...)
	if err != nil {
		const words = `tier, stage, channel, lang, orders, spent, basket, recency, since, gap, contacts, complaints, r, f, m, has("TAG"), bought("CATEGORY")`
		w := tag.Say(err)
		return nil, &tag.Wrong{
			EN: fmt.Sprintf("segment %q: %s; want an expression that is true or false, of %s", text, w.EN, words),
			ZH: fmt.Sprintf("分群“%s”：%s；应为结果是“是或否”的表达式，可用 %s", text, w.ZH, words),
		}
	}
	tree, err := parser.Parse(text) // what was compiled may hide some of it
	if err == nil {
		err = tag.Nested(tree.Node)
	}
	if err == nil {
		err = tag.Grown(tree.Node)
	}
	if err != nil {
		w := tag.Say(err)
		return nil, &tag.Wrong{EN: fmt.Sprintf("segment %q: %s", text, w.EN), ZH: fmt.Sprintf("分群“%s”：%s", text, w.ZH)}
	}
	return &Segment{text, code}, nil
}

// String returns the expression.
func (s *Segment) String() string { return s.text }

// Count is how many members a segment has.
type Count struct {
	Members   int `json:"members"`
	Profiled  int `json:"profiled"`  // of them: have agreed to profiling
	Reachable int `json:"reachable"` // of these: have agreed to marketing too
	Of        int `json:"of"`        // all members
}

const (
	piece    = 8192             // members that are worth a worker
	mostMade = 10_000           // elements of lists that an expression may make for one member
	lasts    = 20 * time.Second // at most, for all members
)

// ErrSlow says that a segment takes too long.
var ErrSlow = errors.New("it takes too long to ask this of every member: want a simpler expression")

// Find returns the members of a segment, in the order of their ids, and how many they
// are. Where to reach or to name them, ask [Book.Allowed] first. One that takes longer than
// 20 seconds is [ErrSlow].
func (b *Book) Find(ctx context.Context, s *Segment) ([]int, Count, error) {
	return b.find(ctx, s, lasts)
}

func (b *Book) find(ctx context.Context, s *Segment, within time.Duration) ([]int, Count, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("segment %q: %w", s.text, ErrSlow))
	defer cancel()
	workers := max(1, min(runtime.GOMAXPROCS(0), len(b.ids)/piece))
	parts := make([][]int, workers)
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			var err error
			parts[w], err = b.scan(ctx, s, len(b.ids)*w/workers, len(b.ids)*(w+1)/workers)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, Count{}, err
	}
	found := slices.Concat(parts...)
	count := Count{Members: len(found), Of: len(b.ids)}
	for _, i := range found {
		if b.Allowed(i, member.PurposeProfiling) {
			count.Profiled++
			if b.Allowed(i, member.PurposeMarketing) {
				count.Reachable++
			}
		}
	}
	return found, count, nil
}

func (b *Book) scan(ctx context.Context, s *Segment, from, to int) ([]int, error) {
	var found []int
	at := from
	row := &Row{
		Has:    func(tag string) bool { return b.tags.count(at, tag) > 0 },
		Bought: func(category string) int { return b.categories.count(at, category) },
	}
	machine := vm.VM{MemoryBudget: mostMade}
	var over atomic.Bool // cheaper to ask than ctx
	defer context.AfterFunc(ctx, func() { over.Store(true) })()
	for ; at < to; at++ {
		if over.Load() || at == from && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		b.fill(row, at)
		says, err := machine.Run(s.code, row)
		if err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			return nil, fmt.Errorf("segment %q: %s", s.text, first)
		}
		if says == true {
			found = append(found, at)
		}
	}
	return found, nil
}
