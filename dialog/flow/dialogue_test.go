package flow

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"huike/dialog"
)

// script is one golden dialogue: what the caller does, and what must follow.
type script struct {
	Name   string         `yaml:"name"`
	Lang   dialog.Lang    `yaml:"lang"`
	Who    string         `yaml:"who"`    // "member" (default), "shy" (no consent to purchases) or "stranger"
	Faults map[string]int `yaml:"faults"` // operation: how many times the shop fails
	Turns  []turn         `yaml:"turns"`
}

// turn is one input of one kind, and what must follow. What is not given is not
// compared, but a handoff or an end that is not given must not come.
type turn struct {
	Begin       bool     `yaml:"begin"`
	Caller      string   `yaml:"caller"`
	Or          []string `yaml:"or"` // the recogniser's other readings
	Keys        string   `yaml:"keys"`
	Silence     bool     `yaml:"silence"`
	Returned    bool     `yaml:"returned"`
	Nobody      bool     `yaml:"nobody"`
	Interrupted bool     `yaml:"interrupted"` // before all was heard
	Answer      bool     `yaml:"answer"`      // the shop answers what was held back
	Restart     bool     `yaml:"restart"`     // the node dies; another goes on from the JSON

	Hold       bool              `yaml:"hold"` // the shop does not answer yet
	Intent     *dialog.Intent    `yaml:"intent"`
	Mood       string            `yaml:"mood"`
	Slots      map[string]string `yaml:"slots"`
	Acts       []string          `yaml:"acts"`
	Args       map[string]string `yaml:"args"` // some of the arguments of any of the acts
	Operations []string          `yaml:"operations"`
	Handoff    dialog.Reason     `yaml:"handoff"`
	Brief      []string          `yaml:"brief"` // what the handoff's summary must hold
	Withdraw   bool              `yaml:"withdraw"`
	End        string            `yaml:"end"`
	Expect     string            `yaml:"expect"`
	State      string            `yaml:"state"`
}

const folder = "../../testdata/dialogues"

func scripts(tb testing.TB) []script {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no dialogues in %s: %v", folder, err)
	}
	var all []script
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var list []script
		if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all = append(all, list...)
	}
	return all
}

func TestGoldenDialogues(t *testing.T) {
	def := load(t)
	all := scripts(t)
	count := map[dialog.Lang]int{}
	for _, s := range all {
		count[s.Lang]++
		t.Run(string(s.Lang)+"/"+s.Name, func(t *testing.T) { play(t, def, s) })
	}
	if len(all) < 60 {
		t.Errorf("%d dialogues %v: want 60 at least", len(all), count)
	}
}

func who(name string, lang dialog.Lang) *Person {
	p := &Person{Known: true, Address: "Ms Zhang", Tier: "gold", LastPurchase: "running shoes", LastWhen: "2026-04-20", Phone: "138****1234"}
	if lang == dialog.Chinese {
		p.Address = "张女士"
	}
	switch name {
	case "shy":
		p.LastPurchase = ""
	case "stranger":
		return &Person{}
	}
	return p
}

// play runs one dialogue. The call has begun unless its first turn says begin.
func play(t *testing.T, def *Definition, s script) {
	t.Helper()
	c := New(def, s.Lang)
	back := newShop()
	maps.Copy(back.faults, s.Faults)
	if !s.Turns[0].Begin {
		c.Step(Input{Kind: Begin, Person: who(s.Who, s.Lang)})
	}
	var held []Operation
	for i, turn := range s.Turns {
		if turn.Restart {
			data, err := c.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if c, err = Resume(def, data); err != nil {
				t.Fatal(err)
			}
			continue
		}
		in := turn.input()
		if turn.Begin {
			in.Person = who(s.Who, s.Lang)
		}
		var out Output
		if turn.Answer {
			out, held = serve(c, back, Output{Operations: held}, false)
			out.Operations = nil
		} else {
			var more []Operation
			out, more = serve(c, back, c.Step(in), turn.Hold)
			held = append(held, more...)
		}
		if diff := turn.compare(out); diff != "" {
			t.Errorf("turn %d, %q:\n%s\nunderstood %+v\nstate %s", i+1, in.Text+in.Keys, diff, out.Understood, out.State)
		}
	}
}

// serve answers the operations of out, and adds up what follows. With hold it
// returns them unanswered.
func serve(c *Conversation, back *shop, out Output, hold bool) (Output, []Operation) {
	if hold {
		return out, out.Operations
	}
	todo := out.Operations
	for len(todo) > 0 {
		next := c.Step(Input{Kind: Done, Result: back.do(todo[0])})
		todo = append(todo[1:], next.Operations...)
		next.Acts = append(out.Acts, next.Acts...)
		next.Operations = append(out.Operations, next.Operations...)
		next.Understood = out.Understood
		if next.Handoff == nil {
			next.Handoff = out.Handoff
		}
		if next.End == nil {
			next.End = out.End
		}
		next.Withdraw = next.Withdraw || out.Withdraw
		out = next
	}
	return out, nil
}

func (t turn) input() Input {
	switch {
	case t.Begin:
		return Input{Kind: Begin}
	case t.Keys != "":
		return Input{Kind: Keys, Keys: t.Keys}
	case t.Silence:
		return Input{Kind: NoInput}
	case t.Returned:
		return Input{Kind: Returned}
	case t.Nobody:
		return Input{Kind: NobodyFree}
	case t.Interrupted:
		return Input{Kind: Interrupted}
	}
	return Input{Kind: Words, Text: t.Caller, Alternatives: t.Or}
}

// compare returns what is different from what must follow.
func (t turn) compare(out Output) string {
	var b strings.Builder
	differ := func(what string, want, got any) {
		if diff := cmp.Diff(want, got); diff != "" {
			fmt.Fprintf(&b, "%s (-want +got):\n%s", what, diff)
		}
	}
	if t.Intent != nil {
		differ("intent", *t.Intent, out.Understood.Intent)
	}
	for name, want := range t.Slots {
		differ("slot "+name, want, slot(out.Understood, name).Value)
	}
	for name, want := range t.Args {
		if !slices.ContainsFunc(out.Acts, func(a dialog.Act) bool { return a.Args[name] == want }) {
			fmt.Fprintf(&b, "no act with %s: %q in %v\n", name, want, out.Acts)
		}
	}
	given := func(what, want, got string) {
		if want != "" {
			differ(what, want, got)
		}
	}
	given("mood", t.Mood, out.Understood.Mood)
	given("expect", t.Expect, out.Expect.Kind)
	given("state", t.State, out.State)
	t.compareDone(out, differ)
	return b.String()
}

// compareDone compares what the conversation said and asked for.
func (t turn) compareDone(out Output, differ func(what string, want, got any)) {
	acts, operations := []string{}, []string{}
	for _, a := range out.Acts {
		acts = append(acts, a.Name)
	}
	for _, op := range out.Operations {
		operations = append(operations, op.Name)
	}
	if t.Acts != nil {
		differ("acts", t.Acts, acts)
	}
	if t.Operations != nil {
		differ("operations", t.Operations, operations)
	}
	var handoff dialog.Handoff
	if out.Handoff != nil {
		handoff = *out.Handoff
	}
	differ("handoff", t.Handoff, handoff.Reason)
	for _, want := range t.Brief {
		differ("brief has "+want, true, strings.Contains(handoff.Summary, want))
	}
	end := ""
	if out.End != nil {
		end = out.End.Code
	}
	differ("end", t.End, end)
	differ("withdraw", t.Withdraw, out.Withdraw)
}
