package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/nlu"
)

// caller is somebody who says anything at any moment, and whose shop, network
// and node fail.
type caller struct {
	t      *testing.T
	rng    *rand.Rand
	lines  []string
	talk   *Conversation
	shop   *shop
	open   []Operation       // asked for and not answered
	writes map[string]uint32 // by name and arguments: the ID that it went out with
	agreed bool              // the last read-back was said yes to
	heard  bool              // the last read-back was not cut
	inputs []Input
}

func (c *caller) line() string {
	if c.rng.IntN(40) == 0 { // nonsense: characters in any order
		runes := []rune(c.lines[c.rng.IntN(len(c.lines))])
		c.rng.Shuffle(len(runes), func(i, j int) { runes[i], runes[j] = runes[j], runes[i] })
		return string(runes)
	}
	if c.rng.IntN(8) == 0 {
		return c.lines[c.rng.IntN(len(c.lines))] + ", " + c.lines[c.rng.IntN(len(c.lines))]
	}
	return c.lines[c.rng.IntN(len(c.lines))]
}

// next makes up what happens.
func (c *caller) next() Input {
	switch n := c.rng.IntN(100); {
	case n < 60:
		in := Input{Kind: Words, Text: c.line()}
		if c.rng.IntN(4) == 0 {
			in.Alternatives = []string{c.line(), c.line()}
		}
		return in
	case n < 66:
		return Input{Kind: Words, Text: []string{"Yes.", "对", "No.", "不", "Mm-hmm.", "嗯"}[c.rng.IntN(6)]}
	case n < 74:
		return Input{Kind: Keys, Keys: []string{"0", "1", "2", "3", "5", "9", "*", "#", "10023#", "13800001234", "7"}[c.rng.IntN(11)]}
	case n < 80:
		return Input{Kind: NoInput}
	case n < 88:
		return Input{Kind: Interrupted, HeardAll: c.rng.IntN(2) == 0}
	case n < 90:
		return Input{Kind: Returned}
	case n < 94:
		return Input{Kind: NobodyFree}
	case n < 96:
		return Input{Kind: Done, Result: &Result{ID: c.rng.Uint32N(9), OK: c.rng.IntN(2) == 0}} // nobody asked for it
	default:
		return Input{Kind: Words, Text: c.line(), Person: who([]string{"member", "stranger"}[c.rng.IntN(2)], dialog.English)}
	}
}

// step gives one input, and checks what must hold whatever is said.
func (c *caller) step(in Input) Output {
	c.inputs = append(c.inputs, in)
	top := c.talk.top()
	reading := top != nil && top.Waits && c.talk.node(top).Confirm != ""
	if in.Kind == Interrupted && !in.HeardAll {
		c.heard = false
	}
	out := c.talk.Step(in)
	c.agreed = c.agreed || reading && c.heard && slot(out.Understood, nlu.SlotAnswer).Value == string(nlu.Yes)
	for _, op := range out.Operations {
		c.write(op)
	}
	for _, a := range out.Acts {
		if a.Whole {
			c.heard, c.agreed = true, false
		}
	}
	if len(out.Operations) > 4 || len(out.Acts) > 16 {
		c.fail("a reply without end: %d acts, %d operations", len(out.Acts), len(out.Operations))
	}
	c.open = append(c.open, out.Operations...)
	return out
}

// write checks an operation that writes: the last read-back was heard and said
// yes to, or it is the same write again under its own ID.
func (c *caller) write(op Operation) {
	if !op.Write {
		return
	}
	key := op.Name + args(op)
	if !c.agreed && c.writes[key] != op.ID {
		c.fail("a write without a yes to a read-back that was heard: %+v", op)
	}
	c.writes[key] = op.ID
}

func args(op Operation) string {
	text := ""
	for _, k := range []string{"phone", "when", "reason", "text"} {
		text += "|" + op.Args[k]
	}
	return text
}

func (c *caller) fail(format string, args ...any) {
	c.t.Helper()
	for _, in := range c.inputs {
		c.t.Logf("%s %q %s %+v", in.Kind, in.Text, in.Keys, in.Result)
	}
	c.t.Fatalf(format, args...)
}

// answer has the shop answer one of the open operations: late, in any order, or
// with a fault.
func (c *caller) answer() Output {
	i := c.rng.IntN(len(c.open))
	op := c.open[i]
	c.open = slices.Delete(c.open, i, i+1)
	if c.rng.IntN(5) == 0 {
		return c.step(Input{Kind: Done, Result: &Result{ID: op.ID, Code: []string{"unavailable", "not_found", "no_consent", ""}[c.rng.IntN(4)]}})
	}
	return c.step(Input{Kind: Done, Result: c.shop.do(op)})
}

func TestARandomCallerIsNeverStuckAndWritesNothingUnasked(t *testing.T) {
	const calls = 10_000
	def := load(t)
	var lines []string
	for _, s := range scripts(t) {
		for _, turn := range s.Turns {
			if turn.Caller != "" {
				lines = append(lines, turn.Caller)
			}
		}
	}
	wrote := 0
	for call := range calls {
		c := &caller{
			t: t, rng: rand.New(rand.NewPCG(uint64(call), 1)), lines: lines, shop: newShop(), writes: map[string]uint32{},
			talk: New(def, []dialog.Lang{dialog.English, dialog.Chinese}[call%2]),
		}
		c.run()
		wrote += len(c.shop.writes)
	}
	if wrote < calls/100 {
		t.Errorf("%d writes in %d calls: the callers hardly came to any", wrote, calls)
	}
}

// run is one call: up to 12 things happen, then the caller falls silent, and
// the call must end.
func (c *caller) run() {
	out := c.step(Input{Kind: Begin, Person: who([]string{"member", "shy", "stranger"}[c.rng.IntN(3)], dialog.English)})
	for range 1 + c.rng.IntN(12) {
		if len(c.open) > 0 && c.rng.IntN(4) > 0 {
			out = c.answer()
		} else {
			out = c.step(c.next())
		}
		if c.rng.IntN(10) == 0 {
			c.restart()
		}
		if out.End != nil {
			break
		}
	}
	for range 60 {
		if c.talk.state.Phase == ended {
			return
		}
		switch {
		case c.talk.state.Phase == waiting:
			c.step(Input{Kind: NobodyFree})
		case len(c.open) > 0:
			c.answer()
		default:
			c.step(Input{Kind: NoInput})
		}
	}
	c.fail("the caller is silent and the call does not end: %s", out.State)
}

// restart goes on from the JSON, as another node would.
func (c *caller) restart() {
	data, err := c.talk.MarshalJSON()
	if err != nil {
		c.fail("%v", err)
	}
	if c.talk, err = Resume(c.talk.def, data); err != nil {
		c.fail("%v", err)
	}
}

func BenchmarkUnderstandAndStep(b *testing.B) {
	def := load(b)
	texts := []string{
		"Hi, um, could you please tell me where my order one zero zero two three is right now?",
		"Do you have the hiking boats in stock at the Pudong store?",
		"我想问一下我上个星期在你们店里买的那个双肩包什么时候能送到啊",
		"purple elephants quietly walk over the umbrella of seven galaxies",
	}
	b.ReportAllocs()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		c := New(def, []dialog.Lang{dialog.English, dialog.Chinese}[i/2%2])
		start := time.Now()
		c.Step(Input{Kind: Words, Text: texts[i%len(texts)]})
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}
