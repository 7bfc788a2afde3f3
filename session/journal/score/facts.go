package score

import (
	"strings"

	"huike/dialog"
	"huike/member"
	"huike/session/journal"
)

// Facts are what a rule can speak of: one call, counted from its journal. Times are in
// seconds.
type Facts struct {
	Lang        string  `expr:"lang"`
	Channel     string  `expr:"channel"`
	Disposition string  `expr:"disposition"`
	By          string  `expr:"by"`
	Duration    float64 `expr:"duration"`
	Greeted     bool    `expr:"greeted"` // the agent greeted before the caller's first turn
	Turns       int     `expr:"turns"`   // of the caller

	Answers       int     `expr:"answers"`        // to spoken turns
	SlowestAnswer float64 `expr:"slowest_answer"` // from the caller's last sound to the agent's first
	Interruptions int     `expr:"interruptions"`

	Writes           int `expr:"writes"`            // asked of the shop, each once however often tried
	UnreadWrites     int `expr:"unread_writes"`     // those without a read-back and a turn of the caller's before them
	Failed           int `expr:"failed"`            // operations that did not succeed
	NotUnderstood    int `expr:"not_understood"`    // turns
	RepeatedQuestion int `expr:"repeated_question"` // how often the question was put that was put most often

	AskedPerson bool `expr:"asked_person"` // in words or with key 0
	PersonAfter int  `expr:"person_after"` // further turns of the caller's before a person was asked for; of none: all
	Complained  bool `expr:"complained"`   // or was angry

	OffersAfterComplaint int      `expr:"offers_after_complaint"`
	Unmasked             int      `expr:"unmasked"` // texts with a telephone number written out
	Acts                 []string `expr:"acts"`     // all that the agent meant, in order
}

// counting is Facts in the making.
type counting struct {
	Facts
	readBack  bool // since the last write; Greeted is told apart from it
	agreed    bool // the caller has spoken since the read-back
	wanting   bool // a person was wanted, and is not yet asked for
	questions map[string]int
	written   map[uint32]bool
}

// FactsOf counts a call from its journal.
func FactsOf(events []journal.Event) Facts {
	c := counting{questions: map[string]int{}, written: map[uint32]bool{}}
	events = journal.Whole(events)
	for i := range events {
		c.add(&events[i])
	}
	return c.Facts
}

func (c *counting) add(e *journal.Event) {
	c.Duration = max(c.Duration, e.At.Duration().Seconds())
	if plain := e.Text + " " + e.Heard; member.Mask(plain) != plain {
		c.Unmasked++
	}
	switch e.Type {
	case journal.TypeStarted:
		c.Lang, c.Channel = string(e.Lang), e.Channel
	case journal.TypeCaption:
		if e.Party == dialog.Caller && e.Final && e.Text != "" {
			c.turn()
		}
	case journal.TypeKey:
		if e.Key == "0" {
			c.AskedPerson, c.wanting = true, true
		}
	case journal.TypeUnderstood:
		c.understood(e)
	case journal.TypeInterrupted:
		c.Interruptions++
	case journal.TypeHandoff:
		c.wanting = false
	case journal.TypeEnded:
		c.Disposition, c.By = e.Disposition, string(e.By)
	default:
		c.did(e)
	}
}

// did takes what the agent and the shop did.
func (c *counting) did(e *journal.Event) {
	switch {
	case e.Act != nil:
		c.act(e.Act)
	case e.Operation != nil && e.Type == journal.TypeOperation:
		c.operation(e.Operation)
	case e.Latency != nil:
		c.Answers++
		c.SlowestAnswer = max(c.SlowestAnswer, e.MS.Duration().Seconds())
	}
}

func (c *counting) turn() {
	c.Turns++
	c.agreed = c.readBack
	if c.wanting {
		c.PersonAfter++
	}
}

func (c *counting) understood(e *journal.Event) {
	if e.Intent == "person" || e.Intent == "complaint" {
		c.AskedPerson, c.wanting = true, true
	}
	c.Complained = c.Complained || e.Intent == "complaint" || e.Mood == "angry"
}

func (c *counting) act(a *dialog.Act) {
	c.Acts = append(c.Acts, a.Name)
	switch {
	case strings.HasPrefix(a.Name, "greet"):
		c.Greeted = c.Greeted || c.Turns == 0
	case a.Whole && !strings.HasPrefix(a.Name, "notice"):
		c.readBack, c.agreed = true, false
	case strings.HasPrefix(a.Name, "no_match."):
		c.NotUnderstood++
	case strings.HasPrefix(a.Name, "offer."):
		if c.Complained {
			c.OffersAfterComplaint++
		}
	case strings.HasPrefix(a.Name, "ask."):
		name := strings.TrimSuffix(a.Name, ".again")
		c.questions[name]++
		c.RepeatedQuestion = max(c.RepeatedQuestion, c.questions[name])
	}
}

func (c *counting) operation(o *journal.Operation) {
	switch {
	case o.Done && !o.OK:
		c.Failed++
	case o.Done || !o.Write || c.written[o.ID]:
	default:
		c.written[o.ID] = true
		c.Writes++
		if !c.readBack || !c.agreed {
			c.UnreadWrites++
		}
		c.readBack, c.agreed = false, false
	}
}
