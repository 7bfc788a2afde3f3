// Package handoff passes a call to a person and back: the ticket that tells the
// person what happened so far, the queue in which it waits, and who has it. It
// relays no sound itself; the session bridges the two legs.
//
// A [Desk] starts no goroutine. Its queue, agents and leases are one structure
// behind its methods, so that another desk can keep them elsewhere.
package handoff

import (
	"errors"
	"fmt"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/member"
	"huike/session/journal"
)

// Ticket is what a person is told before they speak.
type Ticket struct {
	Call    string        `json:"call"`
	Lang    dialog.Lang   `json:"lang"`
	Reason  dialog.Reason `json:"reason"`
	Summary string        `json:"summary,omitempty"` // what was wanted, tried and found
	Said    string        `json:"said,omitempty"`    // the very sentence that caused the handoff

	Intent dialog.Intent `json:"intent,omitempty"`
	Slots  []dialog.Slot `json:"slots,omitempty"`
	Mood   string        `json:"mood,omitempty"`

	Person member.ID       `json:"-"`                 // who calls; empty when unknown
	Member *member.View    `json:"profile,omitempty"` // all that the desk's people may see; nil when unknown
	Card   *journal.Member `json:"member,omitempty"`  // the same in few words; the desk fills a nil one
	Tags   []string        `json:"tags,omitempty"`

	Context map[string]string `json:"context,omitempty"` // what came with the call, such as "diversion"; masked

	Transcript []journal.Line `json:"transcript,omitempty"` // everything said so far
	Priority   int            `json:"priority,omitempty"`   // higher is served first
	Since      time.Time      `json:"since"`                // waiting since; the desk fills a zero one

	// Filled by the desk.
	State State  `json:"state"`
	Agent string `json:"agent,omitempty"` // who has it
}

// State is where a handoff stands.
type State string

// The states of a handoff. Waiting and Taken may follow each other more than
// once; the others are final.
const (
	Waiting   State = "waiting"
	Taken     State = "taken"     // a person has the call; see Outcome.Leg
	Returned  State = "returned"  // the person gave it back to the robot
	Ended     State = "ended"     // the person ended the call
	Nobody    State = "nobody"    // nobody took it in time
	Cancelled State = "cancelled" // the caller hung up, or the robot thought better of it
)

// Final tells whether nothing follows after s.
func (s State) Final() bool { return s != Waiting && s != Taken }

// Leg is the agent's own sound, as the session needs it to bridge the call.
// Its methods are those of a session's leg.
type Leg interface {
	// Format returns the encoding of the leg's packets.
	Format() audio.Format
	// ReadPacket blocks until the next packet; io.EOF when the agent is gone.
	ReadPacket(p *audio.Packet) error
	// WritePacket sends one packet and never blocks long.
	WritePacket(p *audio.Packet) error
	// Close ends the leg for a reason that its page is told.
	Close(reason string) error
}

// Outcome is one step of a handoff, as the session is told it.
type Outcome struct {
	State  State
	Agent  string        // who took it
	Waited time.Duration // in the queue until then, without the time with an agent
	Vanish bool          // with Waiting: the agent's page vanished, the call is queued again

	// Leg is the agent's sound. With Taken it is nil until the agent's page has
	// connected; an outcome with the leg follows then. A page that connects
	// again brings another, and the one before is closed.
	Leg Leg

	// With Taken, what the agent wants done with the caller's leg: passed on To
	// another address, or Keys pressed on it. Empty otherwise.
	To   string
	Keys string
}

// The errors of a [Desk].
var (
	ErrUnknown  = errors.New("no such call at the desk")
	ErrNotYours = errors.New("the call is not yours")
	ErrNotTaken = errors.New("the call is not taken")
	ErrNoAgent  = errors.New("an agent needs a name")
)

// TakenError tells who was quicker.
type TakenError struct {
	By string
}

// Error names the agent who has the call.
func (e *TakenError) Error() string { return fmt.Sprintf("the call was taken by %s", e.By) }

// Config sets a desk's patience. The zero value works.
type Config struct {
	// Patience is how long a call waits for a person before it is told that
	// nobody is free. Default 45 s.
	Patience time.Duration
	// Lease is how long a call stays with an agent whose page, or whose sound,
	// is gone. Default 10 s: a reload takes less.
	Lease time.Duration
}

// Unnamed is the agent of a page that gives no name. Several such pages count as
// one, but a call that one of them took is not the next one's to take.
const Unnamed = "agent"

const (
	defaultPatience = 45 * time.Second
	defaultLease    = 10 * time.Second
)
