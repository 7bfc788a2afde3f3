package flow

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"huike/dialog"
	"huike/dialog/nlu"
)

// offer is something that is offered after a wish has been answered: at most once
// in a call, never in or after a scene that does not sell, nor to a caller who is
// angry or has declined it lately.
type offer struct {
	ID    string            `yaml:"id"`
	After []string          `yaml:"after"` // flows; none: any
	When  string            `yaml:"when"`  // as a node's
	Say   string            `yaml:"say"`
	With  map[string]string `yaml:"with"`
	Flow  string            `yaml:"flow"` // what a yes starts, with the slots of the flow that was answered
	Set   map[string]string `yaml:"set"`  // and these
	when  *vm.Program
}

// question is one about the caller's profile.
type question struct {
	Field string `yaml:"field"` // asked for if it is one of [Person.Ask]
	Flow  string `yaml:"flow"`  // that asks
}

// offered is what the caller may say yes or no to, where nothing else is open.
type offered struct {
	Flow  string                 `json:"flow"`
	Offer string                 `json:"offer,omitempty"` // its ID; empty for a related flow
	Slots map[string]dialog.Slot `json:"slots,omitempty"`
}

// RelatedShown is the act for a page that shows [Output.Related]: its argument is
// "titles".
const RelatedShown = "related.shown"

// relatedOffer and a flow's name are the ID of the offer of a related flow.
const relatedOffer = "related:"

// The kinds of [Event] that the engine makes; flows add their own.
const (
	EventOffered  = "offer.made"       // Args: offer
	EventAccepted = "offer.accepted"   // Args: offer
	EventDeclined = "offer.declined"   // Args: offer
	EventLatent   = "need.latent"      // Args: intent
	EventAnswered = "profile.answered" // Args: field, value, source
	EventRefused  = "profile.refused"  // Args: field
	EventInterest = "interest"         // Args: product_id
)

// between is the state after a wish: the next of several, one question or offer,
// or "anything else?".
func (c *Conversation) between(f *frame, out *Output) {
	if c.next(out) {
		return
	}
	w := c.def.flows[f.Flow]
	switch {
	case c.state.Offered != nil: // a question is open
		return
	case !f.Solved:
		c.say(out, "anything_else")
		return
	}
	out.Related = c.titles(c.related(w))
	quiet := c.state.NoSell || c.inMood()
	switch {
	case !quiet && c.route(onSolved, "", dialog.Understanding{}, out):
	case !quiet && c.offer(f, out):
	case c.ask1():
	case c.suggest(w, out):
	default:
		c.say(out, "anything_else")
	}
}

// inMood says whether the caller is in no mood for more than was asked for.
func (c *Conversation) inMood() bool {
	switch c.state.Mood {
	case "angry", "busy", "unwilling", "vulnerable":
		return true
	}
	return false
}

// next starts the next of several wishes of one sentence.
func (c *Conversation) next(out *Output) bool {
	for len(c.state.Queue) > 0 {
		q := c.state.Queue[0]
		c.state.Queue = c.state.Queue[1:]
		if w := c.def.intents[q.Intent]; w != nil {
			c.begin(w, q, out)
			return true
		}
	}
	return false
}

func (c *Conversation) offer(f *frame, out *Output) bool {
	if c.state.Offers > 0 || c.state.Person.NoOffers {
		return false
	}
	for _, o := range c.def.file.Offers {
		if len(o.After) > 0 && !slices.Contains(o.After, f.Flow) || slices.Contains(c.state.Person.Declined, o.ID) {
			continue
		}
		if o.when != nil {
			if v, err := expr.Run(o.when, c.env(f)); err != nil || v != true {
				continue
			}
		}
		c.state.Offers++
		slots := maps.Clone(f.Slots)
		for name, v := range o.Set {
			slots[name] = dialog.Slot{Name: name, Value: c.expand(f, v, 0)}
		}
		c.state.Offered = &offered{Flow: o.Flow, Offer: o.ID, Slots: slots}
		a := dialog.Act{Name: o.Say}
		for k, v := range o.With {
			if a.Args == nil {
				a.Args = map[string]string{}
			}
			a.Args[k] = c.expand(f, v, 0)
		}
		out.Acts = append(out.Acts, a)
		out.Events = append(out.Events, Event{EventOffered, map[string]string{"offer": o.ID}})
		return true
	}
	return false
}

// ask1 asks at most one question about the profile in a call.
func (c *Conversation) ask1() bool {
	if c.state.Questions >= c.def.Manners().Questions || !c.state.Person.Known || c.inMood() {
		return false
	}
	for _, q := range c.def.file.Profile {
		if slices.Contains(c.state.Person.Ask, q.Field) {
			c.state.Questions++
			c.push(q.Flow, nil)
			return true
		}
	}
	return false
}

// suggest speaks of a related flow, once in a call.
func (c *Conversation) suggest(w *flow, out *Output) bool {
	id := relatedOffer + w.Suggest
	title := ""
	if w.Suggest != "" {
		title = c.def.flows[w.Suggest].Title[string(c.state.Lang)]
	}
	if title == "" || c.state.Suggested || slices.Contains(c.state.Person.Declined, id) {
		return false
	}
	c.state.Suggested = true
	c.state.Offered = &offered{Flow: w.Suggest, Offer: id}
	c.say(out, "related", "title", title)
	return true
}

func (c *Conversation) titles(flows []string) []string {
	var list []string
	for _, name := range flows {
		list = c.title(list, name)
	}
	return list
}

// accepted takes yes or no to what has been offered. Anything else is no answer to
// it, and forgets it.
func (c *Conversation) accepted(o *offered, u dialog.Understanding, w *flow, out *Output) bool {
	if o == nil || c.top() != nil {
		return false
	}
	said := slot(u, nlu.SlotAnswer).Value
	tell := func(kind string) {
		if o.Offer != "" {
			out.Events = append(out.Events, Event{kind, map[string]string{"offer": o.Offer}})
		}
	}
	switch {
	case said == "yes" && (w == nil || w.Name == o.Flow):
		tell(EventAccepted)
		c.state.NoMatch = 0
		c.push(o.Flow, o.Slots)
		c.fillAll(c.top(), u.Slots)
		c.run(out)
		return true
	case said == "no":
		tell(EventDeclined)
		c.state.NoSell = c.state.NoSell || o.Offer != "" && !strings.HasPrefix(o.Offer, relatedOffer) // who declines once is offered no more
		if u.Intent == nlu.Goodbye || w != nil {
			return false
		}
		c.state.NoMatch = 0
		c.say(out, "what_else")
		return true
	}
	return false
}

// notice gathers what words show of the caller's need, whatever they ask for.
func (c *Conversation) notice(u dialog.Understanding, out *Output) {
	c.state.Lead += c.def.file.Leads[string(u.Intent)]
	if u.Need == "latent" {
		c.state.Lead += c.def.file.Leads["latent"]
		out.Events = append(out.Events, Event{EventLatent, map[string]string{"intent": string(u.Intent)}})
	}
	if u.Intent == nlu.Repeat {
		c.state.Repeats++
	}
}
