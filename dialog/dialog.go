// Package dialog is the vocabulary of a conversation: what a caller wants, what
// the agent means, and how a call ends. It knows words and not how they sound,
// does no I/O and reads no clock.
package dialog

// Lang is a language that huike speaks, as a BCP 47 tag.
type Lang string

// The languages of the embedded wording and understanding.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// Intent names what a caller wants, such as "order.status". The names are the
// shop's: they stand in its flow file.
type Intent string

// Slot is a detail that an intent needs.
type Slot struct {
	Name  string `json:"name"`  // such as "order_number"
	Value string `json:"value"` // normalised, such as "10023"
	Heard string `json:"heard"` // the caller's own words for it
}

// Act is what the agent means, before anyone has found words for it.
type Act struct {
	Name  string            `json:"name"`            // such as "greet", "order.status.shipped", "ask.order_number"
	Args  map[string]string `json:"args,omitempty"`  // what the wording's template names
	Text  string            `json:"text,omitempty"`  // the words themselves, where the flow gives them
	Whole bool              `json:"whole,omitempty"` // must be heard whole: a notice, a read-back before a write
}

// Understanding is what an utterance was taken to mean.
type Understanding struct {
	Intent Intent  `json:"intent,omitempty"`
	Score  float64 `json:"score,omitempty"` // 0 to 1
	Slots  []Slot  `json:"slots,omitempty"`
	Need   string  `json:"need,omitempty"` // "explicit" or "latent"
	Mood   string  `json:"mood,omitempty"` // "angry" or "vulnerable", where one of Moods shows; empty when calm

	// Moods holds 0 to 1 for each mood that shows: "angry", "confused",
	// "vulnerable", and what is said between the lines: "busy", "unwilling".
	Moods map[string]float64 `json:"moods,omitempty"`
	// Negated says that Intent is what the caller does not want: "don't cancel it".
	Negated bool `json:"negated,omitempty"`
	// Follows says that the words mean something only after what was said just
	// before: "and the other one?". Intent is then that of before, where it is known.
	Follows bool `json:"follows,omitempty"`
	// Others are further wishes of the same utterance, in the order they were said.
	Others []Understanding `json:"others,omitempty"`
	// Alternatives are further values by slot, from the recogniser's other
	// readings, best first, to be matched against records.
	Alternatives map[string][]string `json:"alternatives,omitempty"`
}

// Answer is what the shop's knowledge says to a question.
type Answer struct {
	ID    string  `json:"id"`             // of the entry
	Text  string  `json:"text,omitempty"` // in the language of the call; empty where a flow alone answers
	Flow  string  `json:"flow,omitempty"` // the flow that goes on after it
	Score float64 `json:"score"`          // 0 to 1
}

// Expect is what kind of answer is due next. It shapes endpointing, the
// recogniser's grammar and the keypad.
type Expect struct {
	Kind   string `json:"kind,omitempty"`   // "", "yesno", "digits", "date", "choice", "open"
	Digits int    `json:"digits,omitempty"` // how many digits make the answer whole; 0 when unknown
}

// Reason says why a call goes to a person.
type Reason string

// The reasons for a handoff; each is a code in reports and on the desk.
const (
	ReasonAsked      Reason = "caller_asked"   // "a person, please" or key 0
	ReasonComplaint  Reason = "complaint"      // in the same turn
	ReasonUnresolved Reason = "three_failures" // the same problem failed three times
	ReasonNoAnswer   Reason = "cannot_answer"  // the fallback ladder's end
	ReasonFault      Reason = "backend_fault"  // the shop's systems did not answer
	ReasonValue      Reason = "high_value"     // the member's tier
	ReasonVulnerable Reason = "vulnerable"     // the caller needs a person's patience
	ReasonIdentity   Reason = "identity"       // who calls is not known for sure, and the wish needs that
	ReasonDeepNeed   Reason = "deep_need"      // a need that a person serves better, and sells to
)

// Handoff asks that the call be passed to a person.
type Handoff struct {
	Reason  Reason            `json:"reason"`
	Summary string            `json:"summary"`         // for the agent: what was wanted, tried and found
	Slots   map[string]string `json:"slots,omitempty"` // everything filled so far
}

// Party is one side of a call.
type Party string

// The parties to a call.
const (
	Caller Party = "caller"
	Agent  Party = "agent" // the robot
	Human  Party = "human" // the person who took the handoff
	System Party = "system"
)

// Disposition says how a call ended, and by whose doing.
type Disposition struct {
	Code string `json:"code"` // one of the Disposition codes below
	By   Party  `json:"by"`
}

// The codes of a [Disposition].
const (
	Completed   = "completed"    // said goodbye after what was wanted
	HungUp      = "hung_up"      // left without a goodbye
	HandedOff   = "handed_off"   // a person took the call and ended it
	CallBack    = "call_back"    // nobody was free; a call-back is written down
	NoInput     = "no_input"     // silence to the end of the ladder
	Rejected    = "rejected"     // not admitted
	Drained     = "drained"      // the server was stopping
	Disconnects = "disconnected" // the network went away
	Failed      = "failed"       // huike's own fault
)
