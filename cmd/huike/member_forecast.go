package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"huike/member"
	"huike/member/predict"
	"huike/member/predict/churn"
	"huike/member/shop"
)

// memberForecast foretells what members will do.
type memberForecast struct {
	Members []string `arg:"" optional:"" help:"Ids of members; default: all who have agreed to profiling and bought something."`
	Warn    string   `help:"List instead who has not come for too long, the likeliest to be lost first: half (more than half of their usual gap) or overdue (more than one and a half gaps)." enum:",half,overdue" default:""`
	JSON    bool     `help:"Print a JSON object for each member."`
	memberStore
}

// foretold is one line of the forecast.
type foretold struct {
	Member  member.ID     `json:"member"`
	Next    string        `json:"next,omitempty"` // the day by which the member buys again as likely as not
	From    string        `json:"from,omitempty"`
	To      string        `json:"to,omitempty"`
	Basis   predict.Basis `json:"basis,omitempty"`
	Alive   float64       `json:"alive,omitempty"`
	Year    float64       `json:"purchases_a_year,omitempty"`
	Value   float64       `json:"value_a_year,omitempty"`
	Refill  string        `json:"refill,omitempty"` // what is about to run out
	RunsOut string        `json:"runs_out,omitempty"`
}

// warned is one line of the warnings.
type warned struct {
	Member  member.ID `json:"member"`
	Silent  int       `json:"silent_days"`
	Cycle   int       `json:"usual_gap_days"`
	Gaps    int       `json:"gaps"`
	Half    bool      `json:"half"`    // silent for more than half of the usual gap
	Overdue bool      `json:"overdue"` // for more than one and a half
	Risk    float64   `json:"risk,omitempty"`
}

// Run foretells and prints. Reading one member's purchases leaves a row in the trail.
func (c *memberForecast) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	slow := time.AfterFunc(time.Second, func() { fmt.Fprintln(to.notes, "fitting the models to all members' purchases") })
	o, err := shop.Foresee(ctx, s, time.Now())
	slow.Stop()
	if err != nil {
		return err
	}
	if without := slices.Sorted(maps.Keys(o.Models.Problems)); len(without) > 0 {
		fmt.Fprintf(to.notes, "no model of %d categories (\"\" is all together), where members' own gaps are used: %q\n", len(without), without)
		fmt.Fprintf(to.notes, "the first because: %v\n", o.Models.Problems[without[0]])
	}
	if c.Warn != "" {
		return c.warn(o, to)
	}
	ids := o.Members()
	if len(ids) == 0 {
		fmt.Fprintln(to.notes, "nobody has bought anything and agreed to service and profiling")
	}
	if len(c.Members) > 0 {
		ids = nil
		for _, id := range c.Members {
			if err := traced(ctx, s, member.ID(id), "get", "forecast"); err != nil {
				return err
			}
			ids = append(ids, member.ID(id))
		}
	}
	return c.print(o, ids, to)
}

func (c *memberForecast) print(o *shop.Outlook, ids []member.ID, to streams) error {
	lines, table := json.NewEncoder(to.out), tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(table, "MEMBER\tNEXT PURCHASE\tBY\tSTILL BUYS\tA YEAR\tWORTH\tRUNS OUT OF")
	}
	for _, id := range ids {
		f, known := o.Forecast(id)
		if !known {
			fmt.Fprintf(to.notes, "%s: nothing is known, or the member has not agreed to profiling\n", id)
			continue
		}
		one := foretold{
			Member: id, Basis: f.Basis, Alive: rounded(f.Alive), Year: rounded(f.Expected), Value: rounded(f.Value),
			Next: dayOf(f.Next), From: dayOf(f.From), To: dayOf(f.To),
		}
		if product, due, ok := o.Refill(id, o.At); ok {
			one.Refill, one.RunsOut = product, dayOf(due.RunsOut)
		}
		if c.JSON {
			if err := lines.Encode(one); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%s (%s to %s)\t%s\t%.2f\t%.2f\t%.2f\t%s %s\n", id, one.Next, one.From, one.To, one.Basis, one.Alive, one.Year, one.Value, one.Refill, one.RunsOut)
	}
	return table.Flush()
}

// warn lists whom the shop is about to lose, by both readings of the rule.
func (c *memberForecast) warn(o *shop.Outlook, to streams) error {
	if o.NoRisk != nil {
		fmt.Fprintf(to.notes, "no score beside the rule: %v\n", o.NoRisk)
	}
	overdue := map[member.ID]bool{}
	for _, w := range o.Warnings(churn.HalfOverdue) {
		overdue[w.ID] = true
	}
	lines, table := json.NewEncoder(to.out), tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(table, "MEMBER\tSILENT\tUSUAL GAP\tGAPS\tHALF A GAP\tONE AND A HALF\tRISK")
	}
	for _, w := range o.Warnings(churn.HalfCycle) { // whoever is over one and a half is over half
		one := warned{
			Member: w.ID, Silent: days(w.Rule.Silent), Cycle: days(w.Rule.Cycle), Gaps: w.Rule.Gaps,
			Half: true, Overdue: overdue[w.ID], Risk: rounded(w.Risk),
		}
		if c.Warn == "overdue" && !one.Overdue {
			continue
		}
		if c.JSON {
			if err := lines.Encode(one); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%d d\t%d d\t%d\t%v\t%v\t%.2f\n", one.Member, one.Silent, one.Cycle, one.Gaps, one.Half, one.Overdue, one.Risk)
	}
	return table.Flush()
}

func days(d time.Duration) int { return int(d.Hours() / 24) }

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func rounded(v float64) float64 { return math.Round(v*100) / 100 }
