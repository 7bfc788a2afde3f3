// Package flow decides what the agent does next. A [Definition] is a shop's
// flows as data; a [Conversation] is one call's place in them. [Conversation.Step]
// is a function of the state and one [Input]: it does no I/O, reads no clock,
// and asks for what must be done ([Operation], [dialog.Handoff]) instead of
// doing it. It chooses acts, not words: that is dialog/wording.
//
// What holds whatever the flows say: a person can be had at any moment; a write
// needs an explicit yes to a read-back that was heard whole, and is asked for
// once; the same problem failing three times ends at a person; silence ends the
// call.
package flow

import (
	"embed"
	"log/slog"
	"time"

	"huike/dialog"
)

// Shop holds the demonstration shop, in its folder "shop": flows.yaml, nlu.yaml,
// names.yaml, routing.yaml and knowledge.json for [Load], and wording.yaml for
// dialog/wording.
//
//go:embed shop/*.yaml shop/knowledge.json
var Shop embed.FS

// InputKind says what happened.
type InputKind string

// The kinds of [Input].
const (
	Begin       InputKind = "begin"        // the call is up: greet
	Words       InputKind = "words"        // the caller's final words, in Text and Alternatives
	Keys        InputKind = "keys"         // the keypad, in Keys: one key, or all that were collected
	NoInput     InputKind = "no_input"     // silence where words were due
	Done        InputKind = "result"       // an operation has ended, in Result
	Returned    InputKind = "returned"     // the person gave the call back
	NobodyFree  InputKind = "nobody_free"  // no person took the call
	Interrupted InputKind = "interrupted"  // the caller stopped the agent's sentence
	Told        InputKind = "told"         // somebody else has answered the caller's words, with Text
	CalledAgain InputKind = "called_again" // the call was lost; the caller is back, in another one: see [Resume]
)

// Input is one thing that happened to the conversation.
type Input struct {
	Kind         InputKind          `json:"kind"`
	At           time.Duration      `json:"at,omitempty"`           // call time
	Text         string             `json:"text,omitempty"`         // Words: what was said; Interrupted: how much of the reply was heard
	Alternatives []string           `json:"alternatives,omitempty"` // Words: other readings, best first
	Reading      *Reading           `json:"reading,omitempty"`      // Words: what somebody else took them for; nil: nobody was asked
	Sounds       map[string]float64 `json:"sounds,omitempty"`       // Words: moods in the voice, such as "angry", 0 to 1
	Keys         string             `json:"keys,omitempty"`         // such as "0" or "10023#"
	Result       *Result            `json:"result,omitempty"`
	Person       *Person            `json:"person,omitempty"`    // who calls, whenever it is known or has changed; nil: as before
	HeardAll     bool               `json:"heard_all,omitempty"` // Interrupted: all acts marked Whole had been heard
	Day          string             `json:"day,omitempty"`       // the shop's day when the call began, "2006-01-02"; empty: as before
}

// Person is what the agent may say about who calls: the profile after consent
// and role have been applied. A field that may not be spoken is empty.
type Person struct {
	Known        bool   `json:"known,omitempty"`    // a member, and sure enough who
	Unproven     bool   `json:"unproven,omitempty"` // found by two details that were said: not sure enough for what flows.yaml calls sure
	Voice        string `json:"voice,omitempty"`    // beside the one that is kept: "same", "other", "unsure"; a hint, never a proof
	Address      string `json:"address,omitempty"`  // how to speak to the caller: "张女士", "Ms Zhang"
	Tier         string `json:"tier,omitempty"`
	Account      string `json:"account,omitempty"`       // type: "enterprise", "dealer", "provider"; empty: an individual
	Stage        string `json:"stage,omitempty"`         // of the lifecycle: "fan", "intent", "prospect", "member"; routing may ask for it
	LastPurchase string `json:"last_purchase,omitempty"` // the item, as the shop calls it
	LastWhen     string `json:"last_when,omitempty"`     // its date, "2006-01-02"
	Phone        string `json:"phone,omitempty"`         // masked

	Discount int      `json:"discount,omitempty"`  // that the tier gives, in percent
	Priority int      `json:"priority,omitempty"`  // that the tier gives in the queue for a person, 0 to 9
	Greeting string   `json:"greeting,omitempty"`  // that the tier is greeted with, in the language of the call
	Refill   string   `json:"refill,omitempty"`    // the product that is about to run out, by its id
	Tags     []string `json:"tags,omitempty"`      // that routing may use
	Ask      []string `json:"ask,omitempty"`       // fields of the profile that may be asked for: missing, consented to, not refused lately
	Declined []string `json:"declined,omitempty"`  // offers that the caller has declined lately
	NoOffers bool     `json:"no_offers,omitempty"` // has not consented to marketing: nothing is offered unasked
}

// LogValue hides the person.
func (p Person) LogValue() slog.Value {
	if !p.Known {
		return slog.StringValue("unknown")
	}
	return slog.StringValue("member")
}

// Result is how an [Operation] ended.
type Result struct {
	ID   uint32              `json:"id"` // the operation's
	OK   bool                `json:"ok"`
	Code string              `json:"code,omitempty"` // why not, such as "not_found", "forbidden", "timeout"
	Rows []map[string]string `json:"rows,omitempty"`
}

// Operation asks the caller of Step to have the shop do something, and to come
// back with an [Input] of kind [Done].
type Operation struct {
	ID    uint32            `json:"id"` // unique in the call and the same on a retry: with the call's id, the idempotency key
	Name  string            `json:"name"`
	Args  map[string]string `json:"args,omitempty"`
	Write bool              `json:"write,omitempty"` // changes the shop's records; the caller has said yes to it
}

// Identify is the name of the operation that finds out who calls from what was said:
// its arguments are the readings of each answer, one a line, with a blank line between
// answers. A result with the code "ask" has the next "field" to ask for, and how often
// it was asked for before as "attempt"; "pass_on" says that nothing more can be asked.
// Who was found comes as [Input.Person] with the result.
const Identify = "member.identify"

// Event is something to keep of the caller, such as an interest or a refusal. It
// is no write to the shop's records and needs nothing of the caller.
type Event struct {
	Name string            `json:"name"`
	Args map[string]string `json:"args,omitempty"`
}

// Output is what follows from one [Input].
type Output struct {
	Understood dialog.Understanding `json:"understood"`
	Acts       []dialog.Act         `json:"acts,omitempty"` // to be said, in this order
	Operations []Operation          `json:"operations,omitempty"`
	Handoff    *dialog.Handoff      `json:"handoff,omitempty"`  // pass the call to a person after Acts
	Withdraw   bool                 `json:"withdraw,omitempty"` // the caller no longer waits for a person
	End        *dialog.Disposition  `json:"end,omitempty"`      // hang up after Acts
	Expect     dialog.Expect        `json:"expect"`             // what is due from the caller
	State      string               `json:"state,omitempty"`    // flow and node, for the journal: "order.status/which"
	Route      *Route               `json:"route,omitempty"`    // what the routing table decided, if anything
	Brief      *dialog.Handoff      `json:"brief,omitempty"`    // what the person who has been asked for should know now
	Lang       dialog.Lang          `json:"lang,omitempty"`     // the caller wants to go on in this language: Acts are in it already
	Events     []Event              `json:"events,omitempty"`   // to be kept with the member
	Related    []string             `json:"related,omitempty"`  // titles of what callers often want next, for a page
}
