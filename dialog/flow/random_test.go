package flow_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/flow/golden"
	"huike/dialog/nlu"
)

const folder = "../../testdata/dialogues"

// calls is how many random calls are made; "make random" makes 100,000.
var calls = flag.Int("calls", 10_000, "random calls")

// caller is somebody who says anything at any moment, and whose shop, network
// and node fail.
type caller struct {
	def    *flow.Definition
	rng    *rand.Rand
	lines  []string
	who    string
	plan   []string // what is left of a golden dialogue, which the caller follows now and then
	talk   *flow.Conversation
	shop   *golden.Shop
	open   []flow.Operation  // asked for and not answered
	writes map[string]uint32 // by name and arguments: the ID that it went out with
	spent  map[string]bool   // writes that the last yes has paid for
	agreed bool              // the last read-back was said yes to
	heard  bool              // the last read-back was not cut
	over   bool
	state  string
	inputs []flow.Input
}

// broken is what must not be, found by a caller.
type broken struct{ what string }

func (c *caller) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, in := range c.inputs {
		text += fmt.Sprintf("\n%s %q %q %s %+v %v", in.Kind, in.Text, in.Alternatives, in.Keys, in.Result, in.HeardAll)
	}
	panic(broken{text}) //nolint:forbidigo // ends the call, and is caught by the test
}

func (c *caller) line() string {
	if c.rng.IntN(40) == 0 { // nonsense: characters in any order
		runes := []rune(c.lines[c.rng.IntN(len(c.lines))])
		c.rng.Shuffle(len(runes), func(i, j int) { runes[i], runes[j] = runes[j], runes[i] })
		return string(runes)
	}
	if c.rng.IntN(30) == 0 {
		return c.lines[c.rng.IntN(len(c.lines))] + ", " + c.lines[c.rng.IntN(len(c.lines))]
	}
	return c.lines[c.rng.IntN(len(c.lines))]
}

func (c *caller) one(of ...string) string { return of[c.rng.IntN(len(of))] }

// next makes up what happens.
func (c *caller) next() flow.Input {
	reading := c.talk.Reading()
	switch n := c.rng.IntN(100); {
	case reading && n < 45:
		return flow.Input{Kind: flow.Words, Text: c.one("Yes.", "对", "是的", "Yes please.")}
	case n < 50 && len(c.plan) > 0:
		text := c.plan[0]
		c.plan = c.plan[1:]
		return flow.Input{Kind: flow.Words, Text: text}
	case n < 60:
		in := flow.Input{Kind: flow.Words, Text: c.line()}
		if c.rng.IntN(40) == 0 {
			in.Alternatives = []string{c.line(), c.line()}
		}
		return in
	case n < 66:
		return flow.Input{Kind: flow.Words, Text: c.one("Yes.", "对", "No.", "不", "Mm-hmm.", "嗯", "", "?")}
	case n < 74:
		return flow.Input{Kind: flow.Keys, Keys: c.one("0", "1", "2", "3", "5", "9", "*", "#", "10023#", "13800001234", "7")}
	case n < 80:
		return flow.Input{Kind: flow.NoInput}
	case n < 88:
		return flow.Input{Kind: flow.Interrupted, HeardAll: c.rng.IntN(2) == 0}
	}
	return c.befalls()
}

// befalls makes up what happens beside the caller's words.
func (c *caller) befalls() flow.Input {
	switch n := c.rng.IntN(12); {
	case n < 2:
		return flow.Input{Kind: flow.Returned}
	case n < 6:
		return flow.Input{Kind: flow.NobodyFree}
	case n < 7: // the call is lost, and with it the answers that were due; the caller calls again
		c.open = nil
		c.restart()
		return flow.Input{Kind: flow.CalledAgain}
	case n < 8: // nobody asked for it
		return flow.Input{Kind: flow.Done, Result: &flow.Result{ID: c.rng.Uint32N(9), OK: c.rng.IntN(2) == 0}}
	default:
		return flow.Input{Kind: flow.Words, Text: c.line(), Person: golden.Who(c.one("member", "stranger"), dialog.English)}
	}
}

// step gives one input, and checks what must hold whatever is said.
func (c *caller) step(in flow.Input) {
	c.inputs = append(c.inputs, in)
	reading := c.talk.Reading()
	if in.Kind == flow.Interrupted && !in.HeardAll {
		c.heard = false
	}
	out := c.talk.Step(in)
	if reading && c.heard && saysYes(out.Understood) {
		c.agreed = true
		clear(c.spent)
	}
	for _, op := range out.Operations {
		c.write(op)
	}
	for _, a := range out.Acts {
		if a.Whole {
			c.heard, c.agreed = true, false
		}
	}
	if len(out.Operations) > 4 || len(out.Acts) > 20 {
		c.fail("a reply without end: %d acts, %d operations", len(out.Acts), len(out.Operations))
	}
	c.open = append(c.open, out.Operations...)
	c.state, c.over = out.State, out.End != nil || c.over && in.Kind != flow.Interrupted && in.Kind != flow.CalledAgain
}

func saysYes(u dialog.Understanding) bool {
	return slices.ContainsFunc(u.Slots, func(s dialog.Slot) bool { return s.Name == nlu.SlotAnswer && s.Value == "yes" })
}

// write checks an operation that writes: the last read-back was heard and said
// yes to, and this yes has not paid for the same write under another ID; or it
// is the same write again under its own ID.
func (c *caller) write(op flow.Operation) {
	if !op.Write {
		return
	}
	key := fmt.Sprint(op.Name, op.Args)
	if c.writes[key] != op.ID {
		if !c.agreed {
			c.fail("a write without a yes to a read-back that was heard: %+v", op)
		}
		if c.spent[key] {
			c.fail("a write twice for one yes: %+v", op)
		}
	}
	c.writes[key], c.spent[key] = op.ID, true
}

// answer has the shop answer one of the open operations: late, in any order, or
// with a fault.
func (c *caller) answer() {
	i := c.rng.IntN(len(c.open))
	op := c.open[i]
	c.open = slices.Delete(c.open, i, i+1)
	if c.rng.IntN(5) == 0 {
		code := c.one("unavailable", "not_found", "no_consent", "timeout", "already", "not_allowed", "")
		c.step(flow.Input{Kind: flow.Done, Result: &flow.Result{ID: op.ID, Code: code}})
		return
	}
	result := c.shop.Do(op)
	c.step(flow.Input{Kind: flow.Done, Result: result})
	if c.rng.IntN(20) == 0 { // the network brings it twice
		c.step(flow.Input{Kind: flow.Done, Result: result})
	}
}

// run is one call: up to 16 things happen, then the caller falls silent, and
// the call must end.
func (c *caller) run() {
	c.step(flow.Input{Kind: flow.Begin, Day: golden.Today, Person: golden.Who(c.one(c.who, c.who, "shy", "stranger"), dialog.English)})
	for range 1 + c.rng.IntN(16) {
		if len(c.open) > 0 && c.rng.IntN(4) > 0 {
			c.answer()
		} else {
			c.step(c.next())
		}
		if c.rng.IntN(10) == 0 {
			c.restart()
		}
		if c.over {
			break
		}
	}
	for range 80 {
		switch {
		case c.over:
			return
		case c.state == "waiting":
			c.step(flow.Input{Kind: flow.NobodyFree})
		case len(c.open) > 0:
			c.answer()
		default:
			c.step(flow.Input{Kind: flow.NoInput})
		}
	}
	c.fail("the caller is silent and the call does not end: %s", c.state)
}

// restart goes on from the JSON, as another node would.
func (c *caller) restart() {
	data, err := c.talk.MarshalJSON()
	if err != nil {
		c.fail("%v", err)
	}
	if c.talk, err = flow.Resume(c.def, data); err != nil {
		c.fail("%v", err)
	}
}

func TestARandomCallerIsNeverStuckAndWritesNothingUnasked(t *testing.T) {
	def := load(t)
	scripts, lines := spoken(t)
	def.Remember()
	var wg sync.WaitGroup
	var mu sync.Mutex
	writes := map[string]int{}
	const workers = 2
	began := time.Now()
	for worker := range workers {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					b, ok := r.(broken)
					if !ok {
						panic(r) //nolint:forbidigo // the engine's own
					}
					t.Error(b.what)
				}
			}()
			for call := worker; call < *calls; call += workers {
				rng := rand.New(rand.NewPCG(uint64(call), 1))
				s := scripts[rng.IntN(len(scripts))]
				c := &caller{
					def: def, rng: rng, lines: lines, who: s.Who, plan: said(s), shop: golden.NewShop(),
					writes: map[string]uint32{}, spent: map[string]bool{},
					talk: flow.New(def, s.Lang),
				}
				c.run()
				mu.Lock()
				for _, op := range c.shop.Writes {
					writes[op.Name]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("%d calls in %v; writes %v", *calls, time.Since(began).Round(time.Millisecond), writes)
	for _, name := range def.Writes() {
		if *calls >= 10_000 && writes[name] == 0 {
			t.Errorf("no call came to %s", name)
		}
	}
}

func load(tb testing.TB) *flow.Definition {
	tb.Helper()
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		tb.Fatal(err)
	}
	return def
}

// spoken returns the golden dialogues, and everything that their callers say.
func spoken(tb testing.TB) (scripts []golden.Script, lines []string) {
	tb.Helper()
	scripts, err := golden.Read(folder)
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range scripts {
		lines = append(lines, said(s)...)
	}
	return scripts, lines
}

// said is what the caller of a dialogue says.
func said(s golden.Script) (lines []string) {
	for _, turn := range s.Turns {
		if turn.Caller != "" {
			lines = append(lines, turn.Caller)
		}
	}
	return lines
}
