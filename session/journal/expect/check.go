package expect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"huike/dialog"
	"huike/session/journal"
)

// Difference is one thing that happened otherwise than it must.
type Difference struct {
	What string `json:"what"` // the field of expect.yaml, such as "slots.order_number"
	Want string `json:"want"`
	Got  string `json:"got"`
}

// String returns the difference as a person reads it, in three lines.
func (d Difference) String() string {
	return fmt.Sprintf("%s\n  want %s\n  got  %s", d.What, d.Want, d.Got)
}

// call is what a journal says of the things that can be expected.
type call struct {
	said       []string
	intents    []string
	slots      map[string]string
	acts       []string
	operations []journal.Operation
	cuts       int
	latencies  []journal.Milliseconds
	handoff    string
	code, by   string
}

// Check returns what differs between a journal and what must happen, nil when
// nothing does.
func (e *Expect) Check(events []journal.Event) []Difference {
	c := read(events)
	var out differences
	out.transcript(e.Transcript, c.said)
	out.count("turns", e.Turns, len(c.said), list(c.said))
	out.sequence("intents", e.Intents, c.intents)
	out.slots(e.Slots, c.slots)
	out.sequence("acts", e.Acts, c.acts)
	for _, act := range e.NoActs {
		if slices.Contains(c.acts, act) {
			out.add("no_acts", "no "+act, list(c.acts))
		}
	}
	out.operations(e.Operations, c.operations)
	if e.Writes != nil {
		out.writes(e.Writes, c.operations)
	}
	if e.Handoff != "" && e.Handoff != cmp.Or(c.handoff, None) {
		out.add("handoff", e.Handoff, cmp.Or(c.handoff, None))
	}
	out.disposition(e.Disposition, c)
	out.count("interruptions", e.Interruptions, c.cuts, "")
	out.latency(e.Latency, c.latencies)
	return out
}

func read(events []journal.Event) *call {
	c := &call{slots: map[string]string{}}
	for i := range events {
		c.take(&events[i])
	}
	return c
}

func (c *call) take(e *journal.Event) {
	switch e.Type {
	case journal.TypeCaption:
		if e.Party == dialog.Caller && e.Final {
			c.said = append(c.said, e.Text)
		}
	case journal.TypeUnderstood:
		if e.Intent != "" {
			c.intents = append(c.intents, string(e.Intent))
		}
		for _, s := range e.Slots {
			c.slots[s.Name] = s.Value
		}
	case journal.TypeAct:
		c.acts = append(c.acts, act(e).Name)
	case journal.TypeOperation:
		c.operation(e.Operation)
	case journal.TypeInterrupted:
		c.cuts++
	case journal.TypeLatency:
		if e.Latency != nil {
			c.latencies = append(c.latencies, e.MS)
		}
	case journal.TypeHandoff:
		c.handoff = cmp.Or(c.handoff, string(e.Reason))
	case journal.TypeEnded:
		c.code, c.by = e.Disposition, string(e.By)
	default:
	}
}

// act returns the event's act, an empty one where it has none.
func act(e *journal.Event) dialog.Act {
	if e.Act == nil {
		return dialog.Act{}
	}
	return *e.Act
}

// operation puts the asking and the answer of an operation together.
func (c *call) operation(o *journal.Operation) {
	if o == nil {
		return
	}
	for i := range c.operations {
		if have := &c.operations[i]; have.ID == o.ID && have.Name == o.Name && !have.Done {
			have.Done, have.OK, have.Code = o.Done, o.OK, o.Code
			return
		}
	}
	c.operations = append(c.operations, *o)
}

type differences []Difference

func (d *differences) add(what, want, got string) {
	*d = append(*d, Difference{What: what, Want: want, Got: got})
}

func (d *differences) count(what string, want *int, got int, which string) {
	if want != nil && *want != got {
		d.add(what, fmt.Sprint(*want), strings.TrimSpace(fmt.Sprintf("%d %s", got, which)))
	}
}

func (d *differences) slots(want, got map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if value, ok := got[name]; !ok || value != want[name] {
			d.add("slots."+name, quoted(want[name], true), quoted(value, ok))
		}
	}
}

func (d *differences) disposition(want *Disposition, got *call) {
	if want == nil {
		return
	}
	if (want.Code != "" && want.Code != got.code) || (want.By != "" && want.By != got.by) {
		d.add("disposition", how(want.Code, want.By), how(got.code, got.by))
	}
}

func (d *differences) transcript(t *Transcript, said []string) {
	if t == nil {
		return
	}
	want, got := strings.Join(t.Caller, " "), strings.Join(said, " ")
	if limit := t.wordLimit(); limit != nil {
		if rate := WordError(want, got); rate > *limit {
			d.add("transcript.max_word_error", fmt.Sprintf("at most %.3f of %q", *limit, want), fmt.Sprintf("%.3f: %q", rate, got))
		}
	}
	if t.MaxCharError != nil {
		if rate := CharError(want, got); rate > *t.MaxCharError {
			d.add("transcript.max_char_error", fmt.Sprintf("at most %.3f of %q", *t.MaxCharError, want), fmt.Sprintf("%.3f: %q", rate, got))
		}
	}
}

func (t *Transcript) wordLimit() *float64 {
	if t.MaxWordError == nil && t.MaxCharError == nil {
		return new(float64)
	}
	return t.MaxWordError
}

// sequence wants every name in this order; others may stand between.
func (d *differences) sequence(what string, want, got []string) {
	at := 0
	for i, name := range want {
		n := slices.Index(got[at:], name)
		if n < 0 {
			place := "first"
			if i > 0 {
				place = "after " + want[i-1]
			}
			d.add(what, fmt.Sprintf("%s: %s (%s is missing %s)", what, list(want), name, place), list(got))
			return
		}
		at += n + 1
	}
}

// operations wants each in this order; others may stand between.
func (d *differences) operations(want []Operation, got []journal.Operation) {
	at := 0
	for i := range want {
		n := slices.IndexFunc(got[at:], want[i].is)
		if n < 0 {
			d.add("operations", want[i].String(), asked(got))
			return
		}
		at += n + 1
	}
}

// writes wants exactly these, in this order.
func (d *differences) writes(want []Operation, all []journal.Operation) {
	var got []journal.Operation
	for _, o := range all {
		if o.Write {
			got = append(got, o)
		}
	}
	same := len(want) == len(got)
	for i := 0; same && i < len(want); i++ {
		same = want[i].is(got[i])
	}
	if same {
		return
	}
	words := make([]string, len(want))
	for i := range want {
		words[i] = want[i].String()
	}
	d.add("writes", list(words), asked(got))
}

func (d *differences) latency(want *Latency, got []journal.Milliseconds) {
	if want == nil {
		return
	}
	p50, highest := journal.Spread(got)
	switch {
	case len(got) == 0:
		d.add("latency", "an answer", "none was timed")
	case want.P50 > 0 && p50 > want.P50:
		d.add("latency.p50_ms", fmt.Sprintf("at most %d", want.P50), fmt.Sprint(p50))
	}
	if want.Max > 0 && highest > want.Max {
		d.add("latency.max_ms", fmt.Sprintf("at most %d", want.Max), fmt.Sprint(highest))
	}
}

// is tells whether o happened as it is wanted.
func (w *Operation) is(o journal.Operation) bool {
	if w.Name != o.Name || (w.OK != nil && *w.OK != o.OK) || (w.Code != "" && w.Code != o.Code) {
		return false
	}
	for name, value := range w.Args {
		if o.Args[name] != value {
			return false
		}
	}
	return true
}

// String returns the operation as a call is written.
func (w *Operation) String() string {
	text := signature(w.Name, w.Args)
	if w.OK != nil {
		text += fmt.Sprintf(" ok=%t", *w.OK)
	}
	if w.Code != "" {
		text += " code=" + w.Code
	}
	return text
}

func signature(name string, args map[string]string) string {
	parts := make([]string, 0, len(args))
	for _, k := range slices.Sorted(maps.Keys(args)) {
		parts = append(parts, k+"="+args[k])
	}
	return name + "(" + strings.Join(parts, " ") + ")"
}

func asked(operations []journal.Operation) string {
	words := make([]string, len(operations))
	for i, o := range operations {
		words[i] = fmt.Sprintf("%s ok=%t", signature(o.Name, o.Args), o.OK)
		if o.Code != "" {
			words[i] += " code=" + o.Code
		}
	}
	return list(words)
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func quoted(value string, there bool) string {
	if !there {
		return "nothing"
	}
	return fmt.Sprintf("%q", value)
}

func how(code, by string) string {
	return cmp.Or(code, "anything") + " by " + cmp.Or(by, "anybody")
}
