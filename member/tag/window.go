package tag

import (
	"cmp"
	"slices"
	"time"

	"github.com/expr-lang/expr"
)

// env is what an expression knows. One is made for a member and asked by all rules.
type env struct {
	Orders   []*Fact `expr:"orders"`
	Items    []*Fact `expr:"items"`
	Events   []*Fact `expr:"events"`
	Contacts []*Fact `expr:"contacts"`
	Tier     string  `expr:"tier"`
	Stage    string  `expr:"stage"`
	Channel  string  `expr:"channel"`

	Has      func(tag string) bool                                  `expr:"has"`
	Count    func(list any, window string) int                      `expr:"count"`
	Sum      func(list any, field, window string) float64           `expr:"sum"`
	Distinct func(list any, field, window string) int               `expr:"distinct"`
	Last     func(list any) int                                     `expr:"last"`
	Share    func(list, of any, window string) float64              `expr:"share"`
	Most     func(list any, field, window string, least int) string `expr:"most"`
}

// asking is one look at one expression: what it saw, and when time alone may change what
// it says.
type asking struct {
	now     int64
	program *program
	due     int64 // ms; 0: never
	saw     map[*Fact]bool
}

const never = 100_000 // days

func (a *asking) soon(at int64) {
	if at > a.now && (a.due == 0 || at < a.due) {
		a.due = at
	}
}

// within returns the facts of the list that stand in the window: younger than it is long.
// What a fast clock has dated after now is in it.
func (a *asking) within(list any, text string) []*Fact {
	d, err := window(text)
	if err != nil {
		return nil // was checked when the rule was read
	}
	var in []*Fact
	for f := range facts(list) {
		if end := f.At + d.Milliseconds(); d == allTime || end > a.now {
			in = append(in, f)
			a.saw[f] = true
			if d != allTime {
				a.soon(end)
			}
		}
	}
	return in
}

// facts goes through a list of the env, or one that an expression has made of it.
func facts(list any) func(func(*Fact) bool) {
	return func(yield func(*Fact) bool) {
		switch l := list.(type) {
		case []*Fact:
			for _, f := range l {
				if !yield(f) {
					return
				}
			}
		case []any:
			for _, one := range l {
				if f, ok := one.(*Fact); ok && !yield(f) {
					return
				}
			}
		}
	}
}

// last is whole days since the newest fact. It matters again on the days to which the
// rule compares it, and every day where the rule reckons with it.
func (a *asking) last(list any) int {
	var newest *Fact
	for f := range facts(list) {
		if newest == nil || f.At > newest.At {
			newest = f
		}
	}
	if newest == nil {
		return never
	}
	a.saw[newest] = true
	day := dayLong.Milliseconds()
	days := max(0, (a.now-newest.At)/day)
	if a.program.reckons {
		a.soon(newest.At + (days+1)*day)
	}
	for _, n := range a.program.days {
		a.soon(newest.At + n*day)
		a.soon(newest.At + (n+1)*day)
	}
	return int(days)
}

func (a *asking) most(list any, field, text string, least int) string {
	read := texts()[field]
	counts := map[string]int{}
	for _, f := range a.within(list, text) {
		counts[read(f)]++
	}
	delete(counts, "")
	best := ""
	for value, n := range counts {
		if n >= least && (best == "" || n > counts[best] || n == counts[best] && value < best) {
			best = value
		}
	}
	return best
}

func (a *asking) distinct(list any, field, text string) int {
	read := texts()[field]
	seen := map[string]bool{}
	for _, f := range a.within(list, text) {
		if value := read(f); value != "" {
			seen[value] = true
		}
	}
	return len(seen)
}

func (a *asking) sum(list any, field, text string) (sum float64) {
	read := numbers()[field]
	for _, f := range a.within(list, text) {
		sum += read(f)
	}
	return sum
}

func (a *asking) share(list, of any, text string) float64 {
	all := len(a.within(of, text))
	if all == 0 {
		return 0
	}
	return float64(len(a.within(list, text))) / float64(all)
}

// Ref names what made a rule true.
type Ref struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
}

const mostEvidence = 20 // named; the newest

// Evidence is what a rule saw in its windows.
type Evidence struct {
	Count int   `json:"count"`
	Facts []Ref `json:"facts"` // the newest 20 at most, newest first
}

// ask runs an expression on a member at a moment. It returns what the expression says,
// what it saw, and when time alone may change it (0: never).
func (p *program) ask(e *env, now time.Time) (says any, saw Evidence, due int64, err error) {
	a := &asking{now: now.UnixMilli(), program: p, saw: map[*Fact]bool{}}
	e.Count = func(list any, window string) int { return len(a.within(list, window)) }
	e.Sum, e.Distinct, e.Last, e.Share, e.Most = a.sum, a.distinct, a.last, a.share, a.most
	if says, err = expr.Run(p.code, e); err != nil {
		return nil, saw, 0, err
	}
	refs := make([]*Fact, 0, len(a.saw))
	for f := range a.saw {
		refs = append(refs, f)
	}
	slices.SortFunc(refs, func(x, y *Fact) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
	})
	saw.Count = len(refs)
	for _, f := range refs[:min(len(refs), mostEvidence)] {
		saw.Facts = append(saw.Facts, Ref{f.Kind, f.ID, time.UnixMilli(f.At)})
	}
	return says, saw, a.due, nil
}
