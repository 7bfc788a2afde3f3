// Package expect says what must happen in a recorded call and compares it with
// what did: the expect.yaml beside a recording, and the journal of its replay.
// It replays nothing itself.
//
// A file holds what it cares about and nothing else:
//
//	about: A member asks where her order is and interrupts the answer.
//	transcript:
//	  caller: ["where is my order", "ten zero two three"]
//	  max_word_error: 0.2
//	turns: 2
//	intents: [order.status]
//	slots: {order_number: "10023"}
//	acts: [greet, order.status.shipped]   # in this order; others may stand between
//	no_acts: [sorry.nomatch]
//	operations: [{name: order.status, args: {order_number: "10023"}, ok: true}]
//	writes: []                            # exactly these, in this order
//	handoff: none                         # or the reason
//	disposition: {code: completed, by: caller}
//	interruptions: 1
//	latency: {p50_ms: 600, max_ms: 900}
package expect

import (
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"huike/dialog"
	"huike/session/journal"
)

// None is the handoff of a call that no person may take.
const None = "none"

// maxFile bounds an expect.yaml, in bytes.
const maxFile = 1 << 20

// Expect is what must happen in a call. What is left out may be anything.
type Expect struct {
	About         string       `yaml:"about"` // for people
	Transcript    *Transcript  `yaml:"transcript"`
	Turns         *int         `yaml:"turns"`   // of the caller
	Intents       []string     `yaml:"intents"` // understood, in this order; others may stand between
	Slots         Slots        `yaml:"slots"`   // the value that each had last
	Acts          []string     `yaml:"acts"`    // meant by the agent, in this order; others may stand between
	NoActs        []string     `yaml:"no_acts"` // must not be meant at all
	Operations    []Operation  `yaml:"operations"`
	Writes        []Operation  `yaml:"writes"`  // exactly these; an empty list forbids all
	Handoff       string       `yaml:"handoff"` // its reason, or "none"
	Disposition   *Disposition `yaml:"disposition"`
	Interruptions *int         `yaml:"interruptions"`
	Latency       *Latency     `yaml:"latency"`
}

// Slots are values by name.
type Slots map[string]string

// Transcript is what the caller said, and how far the recogniser may be off.
type Transcript struct {
	Caller       []string `yaml:"caller"`         // turn by turn; compared as one text
	MaxWordError *float64 `yaml:"max_word_error"` // 0 to 1; 0 when neither is given
	MaxCharError *float64 `yaml:"max_char_error"` // 0 to 1; for Chinese
}

// Operation is something asked of the shop. Args that are not named may be
// anything.
type Operation struct {
	Name string `yaml:"name"`
	Args Slots  `yaml:"args"`
	OK   *bool  `yaml:"ok"`
	Code string `yaml:"code"`
}

// Disposition is how the call must end. An empty field may be anything.
type Disposition struct {
	Code string `yaml:"code"`
	By   string `yaml:"by"`
}

// Latency is a budget in call time, from the end of the caller's speech to the
// first sound of the answer.
type Latency struct {
	P50 journal.Milliseconds `yaml:"p50_ms"` // 0 for no limit
	Max journal.Milliseconds `yaml:"max_ms"` // 0 for no limit
}

// Parse reads an expect.yaml. A field that it does not know, a value that
// cannot be, and a file that expects nothing are errors; where it can the error
// names line and column.
func Parse(r io.Reader) (*Expect, error) {
	in := yaml.NewDecoder(io.LimitReader(r, maxFile), yaml.Strict())
	e := &Expect{}
	if err := decode(in, e); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("expect: the file is empty")
		}
		return nil, fmt.Errorf("expect: %w", err)
	}
	if err := decode(in, &Expect{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("expect: more than one document")
	}
	if err := e.validate(); err != nil {
		return nil, fmt.Errorf("expect: %w", err)
	}
	return e, nil
}

// decode reads a document. The parser is known to panic on some malformed ones,
// such as a list with an unknown tag.
func decode(in *yaml.Decoder, e *Expect) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed YAML: %v", p)
		}
	}()
	return in.Decode(e)
}

func (e *Expect) validate() error {
	if e.empty() {
		return errors.New("nothing is expected; name at least one of transcript, intents, acts, disposition, …")
	}
	for name, n := range map[string]*int{"turns": e.Turns, "interruptions": e.Interruptions} {
		if n != nil && *n < 0 {
			return fmt.Errorf("%s is %d, must not be below 0", name, *n)
		}
	}
	for _, o := range append(append([]Operation{}, e.Operations...), e.Writes...) {
		if o.Name == "" {
			return errors.New("an operation has no name")
		}
	}
	if l := e.Latency; l != nil && (l.P50 < 0 || l.Max < 0 || l.P50+l.Max == 0) {
		return errors.New("latency: p50_ms or max_ms must be above 0")
	}
	return errors.Join(e.Transcript.validate(), e.Disposition.validate())
}

func (t *Transcript) validate() error {
	if t == nil {
		return nil
	}
	if len(t.Caller) == 0 {
		return errors.New("transcript: caller is empty")
	}
	for name, limit := range map[string]*float64{"max_word_error": t.MaxWordError, "max_char_error": t.MaxCharError} {
		if limit != nil && !(*limit >= 0 && *limit <= 1) {
			return fmt.Errorf("transcript: %s is %v, must be 0 to 1", name, *limit)
		}
	}
	return nil
}

func (d *Disposition) validate() error {
	if d == nil {
		return nil
	}
	switch d.Code {
	case "", dialog.Completed, dialog.HungUp, dialog.HandedOff, dialog.CallBack, dialog.NoInput, dialog.Rejected,
		dialog.Drained, dialog.Disconnects, dialog.Failed:
	default:
		return fmt.Errorf("disposition: code %q is none", d.Code)
	}
	switch dialog.Party(d.By) {
	case "", dialog.Caller, dialog.Agent, dialog.Human, dialog.System:
		return nil
	default:
		return fmt.Errorf("disposition: by %q is not one of caller, agent, human, system", d.By)
	}
}

func (e *Expect) empty() bool {
	return e.Transcript == nil && e.Turns == nil && e.Intents == nil && e.Slots == nil && e.Acts == nil && e.NoActs == nil &&
		e.Operations == nil && e.Writes == nil && e.Handoff == "" && e.Disposition == nil && e.Interruptions == nil && e.Latency == nil
}
