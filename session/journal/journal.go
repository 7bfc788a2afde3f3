// Package journal keeps a call as a list of events, from which come the
// transcript, the figures, the replay and the bug report. It also keeps the
// call's recording beside the journal, and forgets both when told to. It does
// not decide what happens in a call, and it starts no goroutine but the one
// that [Store.Run] is: the disk's, which takes blocks of recorded sound from
// all calls through one bounded queue.
package journal

import (
	"encoding/json"
	"time"

	"huike/dialog"
)

// Milliseconds is a length of call time, or a moment in it, as journals write it.
type Milliseconds int64

// MS returns d in whole milliseconds, rounded down.
func MS(d time.Duration) Milliseconds { return Milliseconds(d / time.Millisecond) }

// Duration returns m as a [time.Duration].
func (m Milliseconds) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// Type says what an [Event] tells, and so which of its fields are filled.
type Type string

// The types of event that the caller's page is sent too.
const (
	TypeStarted     Type = "started"     // Call, Lang, Channel, Context
	TypeMember      Type = "member"      // Member
	TypeSpeech      Type = "speech"      // Party, On
	TypeCaption     Type = "caption"     // Party, Turn, Text, Final; Clause of the agent's
	TypeInterrupted Type = "interrupted" // Turn, Heard
	TypeUnderstood  Type = "understood"  // Turn, Intent, Score, Slots, Need, Mood, Node
	TypeLatency     Type = "latency"     // Turn, Latency
	TypeHandoff     Type = "handoff"     // State, Reason, Waited, Agent
	TypeTransfer    Type = "transfer"    // State: asked, done or refused; Error
	TypeNotice      Type = "notice"      // Text
	TypeEnded       Type = "ended"       // Disposition, By
	TypeError       Type = "error"       // Error
)

// The types of event that only a journal holds.
const (
	TypeAct        Type = "act"        // Turn, Act
	TypeOperation  Type = "operation"  // Turn, Operation; once asked, once Done
	TypeRecognised Type = "recognised" // Turn, Recognised
	TypeAudit      Type = "audit"      // Audit
	TypeNoted      Type = "noted"      // Turn, Noted
	TypeStats      Type = "stats"      // Stats
	// TypeModel: Turn, State, Waited, Error, and what a language model has answered, for a
	// replay without one: Text (a clause), Operation, or Intent, Need, Slots and Model. The
	// states are said, asks (for an operation), and at the end read, led, given_up or
	// interrupted.
	TypeModel     Type = "model"
	TypeKey       Type = "key"       // Key: what the caller pressed
	TypeText      Type = "text"      // Text: what the caller typed
	TypeMute      Type = "mute"      // On
	TypeHangup    Type = "hangup"    // the caller's own
	TypeInterrupt Type = "interrupt" // Heard, HeardMS: the caller's side has stopped the agent's sound
	TypeCommit    Type = "commit"    // the caller's side says that the turn is over
	TypeFloor     Type = "floor"     // Manual: the caller's turns end by commit alone
	TypeHold      Type = "hold"      // On: the caller has put the call on hold
	TypeRecording Type = "recording" // On: whether the sound is kept from here on, by the caller's word on it
	TypeLang      Type = "lang"      // Lang: the call goes on in another language
	TypeOperates  Type = "operates"  // Operations: those that the caller's side does itself
	TypeResult    Type = "result"    // Operation: what came of one of them
	TypeVoice     Type = "voice"     // Turn, State, Score: the caller's voice beside the member's: same, other, unsure; enrolled
)

// TypeReply is the type of an event that only the caller's side is sent: the
// agent's words as soon as they are known, before they have sound.
const TypeReply Type = "reply" // Turn, Clause, Text, Final: after the last of its words, with no Text

// Event is one thing that happened in a call. Type says which other fields are
// filled; the rest are empty and not written. The same Event has the same
// bytes as JSON every time.
type Event struct {
	Type Type         `json:"type"`
	At   Milliseconds `json:"at"` // call time

	Call string `json:"call,omitempty"`

	Channel string            `json:"channel,omitempty"` // how the call arrived
	Context map[string]string `json:"context,omitempty"` // what came with it
	Lang    dialog.Lang       `json:"lang,omitempty"`
	Party   dialog.Party      `json:"party,omitempty"`
	Turn    uint32            `json:"turn,omitempty"`
	Joins   uint32            `json:"joins,omitempty"` // of a final caption: the caller's turn that this one goes on with, and whose words it has
	Text    string            `json:"text,omitempty"`
	Heard   string            `json:"heard,omitempty"` // how much of the agent's turn reached the caller
	Key     string            `json:"key,omitempty"`   // one or more of 0-9, * and #; x is a digit that is not told

	HeardMS    Milliseconds `json:"heard_ms,omitempty"` // how long the agent's turn had sounded at the caller's side
	Manual     bool         `json:"manual,omitempty"`
	Operations []string     `json:"operations,omitempty"` // by their names in the flow, such as "order.status"

	// Written where the Type has them, even when they are zero: On of speech,
	// mute, hold and recording, Final of a caption and a reply, Clause (from 0) of the
	// agent's caption and a reply.
	On     bool `json:"-"`
	Final  bool `json:"-"`
	Clause int  `json:"-"`

	Member *Member `json:"member,omitempty"`

	Intent dialog.Intent `json:"intent,omitempty"`
	Score  float64       `json:"score,omitempty"` // 0 to 1
	Slots  []dialog.Slot `json:"slots,omitempty"`
	Need   string        `json:"need,omitempty"`
	Mood   string        `json:"mood,omitempty"`
	Node   string        `json:"node,omitempty"` // where in the flow the dialog stands
	Rule   string        `json:"rule,omitempty"` // the line of the routing table that decided

	*Latency

	State  string        `json:"state,omitempty"` // of a handoff: waiting, taken, returned, nobody, cancelled
	Reason dialog.Reason `json:"reason,omitempty"`
	Agent  string        `json:"agent,omitempty"` // the person who took the call
	Waited Milliseconds  `json:"waited_ms,omitempty"`

	Act        *dialog.Act        `json:"act,omitempty"`
	Operation  *Operation         `json:"operation,omitempty"`
	Recognised *Recognised        `json:"recognised,omitempty"`
	Audit      *Audit             `json:"audit,omitempty"`
	Model      *Model             `json:"model,omitempty"`
	Noted      *Noted             `json:"noted,omitempty"`
	Stats      map[string]float64 `json:"stats,omitempty"` // by the names of the WebRTC statistics

	Disposition string       `json:"disposition,omitempty"`
	By          dialog.Party `json:"by,omitempty"`
	Error       string       `json:"error,omitempty"`
}

// Member is what the caller may see of their own record.
type Member struct {
	Name         string `json:"name,omitempty"`
	Tier         string `json:"tier,omitempty"`
	Phone        string `json:"phone,omitempty"` // masked, as 138****1234
	Points       *int64 `json:"points,omitempty"`
	LastPurchase string `json:"last_purchase,omitempty"`
}

// Latency is where the time went between the end of the caller's speech and
// the first sound of the answer. MS is the whole; the others are its parts.
type Latency struct {
	MS          Milliseconds `json:"ms"`
	Endpointing Milliseconds `json:"endpointing"`
	Recognition Milliseconds `json:"recognition"`
	Dialog      Milliseconds `json:"dialog"`
	Synthesis   Milliseconds `json:"synthesis"`
	Playout     Milliseconds `json:"playout"`
}

// Operation is something asked of the shop, and what came of it. It stands in
// the journal twice with the same ID: as it is asked, and when it is Done.
type Operation struct {
	ID    uint32              `json:"id"`
	Name  string              `json:"name"`
	Args  map[string]string   `json:"args,omitempty"`
	Write bool                `json:"write,omitempty"`
	Done  bool                `json:"done,omitempty"`
	OK    bool                `json:"ok,omitempty"`
	Code  string              `json:"code,omitempty"`
	Rows  []map[string]string `json:"rows,omitempty"`
}

// Recognised is one output of the recogniser: enough to play it back in place
// of a recogniser.
type Recognised struct {
	From         Milliseconds `json:"from"` // call time of the first sample
	To           Milliseconds `json:"to"`   // call time after the last sample
	Text         string       `json:"text"`
	Confidence   float64      `json:"confidence,omitempty"` // 0 to 1
	Alternatives []string     `json:"alternatives,omitempty"`
	Elapsed      Milliseconds `json:"elapsed"` // what the recogniser took
	Partial      bool         `json:"partial,omitempty"`
	Nature       *Nature      `json:"nature,omitempty"` // of a short sound
	Lang         dialog.Lang  `json:"lang,omitempty"`   // that was spoken, where that is not the call's
	Error        string       `json:"error,omitempty"`  // why there are no words
}

// Nature is how likely a short sound is what listeners say, no word at all, or words.
type Nature struct {
	Listener float64 `json:"listener"`
	Noise    float64 `json:"noise"`
	Words    float64 `json:"words"`
}

// Model is the rest of what a language model has answered.
type Model struct {
	Leads  bool           `json:"leads,omitempty"`  // it was asked to lead
	Wish   bool           `json:"wish,omitempty"`   // it has answered with a reading, and not only said something
	Answer *dialog.Answer `json:"answer,omitempty"` // of the shop's knowledge
	Words  []string       `json:"words,omitempty"`  // that it may quote from
}

// Audit says which facts of the member were used in the call, and for what.
type Audit struct {
	Action  string   `json:"action"` // "read", "write" or "show"
	Purpose string   `json:"purpose"`
	Fields  []string `json:"fields,omitempty"`
}

// Noted is something that the conversation has shown of the caller: an interest, an
// offer made, taken or declined, a field that was asked for.
type Noted struct {
	Name  string `json:"name"`            // such as "offer.made"
	About string `json:"about,omitempty"` // the offer, field, product or intent
}

// plain is an Event without its methods, so that encoding/json can be asked.
type plain Event

// flags are the fields whose zero means something in some types of event.
type flags struct {
	On     *bool `json:"on,omitempty"`
	Final  *bool `json:"final,omitempty"`
	Clause *int  `json:"clause,omitempty"`
}

// MarshalJSON writes the fields that the type has, in the order of the struct.
func (e Event) MarshalJSON() ([]byte, error) {
	var f flags
	switch e.Type {
	case TypeSpeech, TypeMute, TypeHold, TypeRecording:
		f.On = &e.On
	case TypeReply:
		f.Final, f.Clause = &e.Final, &e.Clause
	case TypeCaption:
		f.Final = &e.Final
		if e.Party == dialog.Agent {
			f.Clause = &e.Clause
		}
	default:
	}
	return json.Marshal(struct {
		plain
		flags
	}{plain(e), f})
}

// UnmarshalJSON reads what MarshalJSON wrote. Fields that it does not know are
// passed over: an older huike reads a newer one's journal.
func (e *Event) UnmarshalJSON(data []byte) error {
	var in struct {
		plain
		flags
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*e = Event(in.plain)
	if in.flags.On != nil {
		e.On = *in.flags.On
	}
	if in.flags.Final != nil {
		e.Final = *in.flags.Final
	}
	if in.flags.Clause != nil {
		e.Clause = *in.flags.Clause
	}
	return nil
}
