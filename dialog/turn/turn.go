// Package turn decides who holds the floor: when the caller's turn is over,
// when the caller has taken the floor from the agent, and when a sound over the
// agent was a cough or a backchannel that takes nothing.
//
// It is sans I/O: [Engine.Step] takes what happened, with its call time, and
// returns what to do; [Engine.Deadline] says when it wants to be stepped again
// if nothing happens. It hears no sound and reads no clock, so a conversation
// is a table test. It does not know what the words mean; that is dialog/flow.
package turn

import (
	"time"

	"huike/dialog"
)

// Kind says what an [Event] is.
type Kind int

// The kinds of events that an [Engine] takes.
const (
	Tick            Kind = iota // the deadline came
	SpeechStarted               // the detector heard the caller begin; At is the edge
	SpeechSustained             // enough speech to be words and no cough, hum or click
	SpeechEnded                 // the detector heard the caller pause; At is the last sound
	Recognised                  // words for the recognition numbered Revision
	Replying                    // the agent is about to speak turn Turn
	AgentBegan                  // the first sound of turn Turn was sent
	AgentFinished               // the last sound of turn Turn was sent
	Key                         // a key was pressed; Text is one of 0-9 * #
	Typed                       // the caller typed Text and sent it
	Expecting                   // the dialog says in Expect what answer is due
	Listening                   // the robot is quiet and only listens (On) or takes part again
	Manual                      // the caller's turns end by Committed alone (On), or by voice again
	Committed                   // the caller's side says that the turn is over
	Stopped                     // the caller's side has stopped the agent's sound
	Guarding                    // the agent's sound must be heard whole from here (On), or may be stopped again
	Settled                     // of the caller's latest turn came what cannot be taken back: no other goes on with it
)

// Event is one thing that happened in a call.
type Event struct {
	Kind     Kind
	At       time.Duration // call time when it happened, which may be before it was noticed
	Turn     uint32
	Revision uint32
	Text     string
	Partial  bool // Recognised: the caller was still speaking
	Failed   bool // Recognised: the recogniser failed; Text says nothing
	On       bool
	Level    float32 // SpeechSustained, SpeechEnded: the loudest of the speech so far in dBFS; 0 when unknown
	Tone     Tone    // Recognised: of the sound that was recognised
	Nature   Nature  // Recognised: of the same
	Expect   dialog.Expect
}

// Do says what an [Action] asks for.
type Do int

// What an [Engine] asks its owner to do.
const (
	Recognise Do = iota // recognise the caller's sound From..To; answer with Revision
	Hold                // pause the agent's sound, in a way that can be taken back
	Resume              // take the pause back: it was no interruption
	Interrupt           // the caller has the floor: drop what is left of turn Turn
	EndOfTurn           // the caller's turn Turn is over, with Text or Keys
	NoInput             // silence where words were due, for the Count-th time in a row
	Discard             // what began as the caller's turn Turn was nothing (Text, if any, was a backchannel)
)

// Action is one thing to do. Fields that a [Do] does not name are zero.
type Action struct {
	Do       Do
	Turn     uint32
	Revision uint32
	From, To time.Duration // call time of the caller's sound
	Partial  bool          // Recognise: the caller still speaks, so only the caption needs it
	Text     string
	Keys     string
	Typed    bool
	Failed   bool          // EndOfTurn: the recogniser failed, so that there are no words
	Joins    uint32        // EndOfTurn: the turn that this one goes on with, and whose words it has; 0 for none
	Due      time.Duration // EndOfTurn: when the turn would have been over, had the words been there
	Count    int
}

// Config sets how patient the agent is. Every length counts from the true end
// of the caller's sound, so the detector's hangover, the playout delay and the
// time of recognition are inside it and never added to it.
type Config struct {
	Endpoint   time.Duration // after words that may or may not be complete; 500 ms
	Complete   time.Duration // after words that are complete for what was asked, or in themselves; 300 ms
	Incomplete time.Duration // after words that want a continuation, such as "and my number is"; 1.2 s
	Listing    time.Duration // after digits, of which more may come, and after words that look like a beginning; 800 ms
	HoldAfter  time.Duration // speech over the agent that pauses its sound; 140 ms, since a click or a short cough is shorter
	Glance     time.Duration // speech over the agent that is looked at for what it is while it lasts; 210 ms
	NoInput    time.Duration // silence after the agent's turn before it asks again; 7 s
	KeyPause   time.Duration // between two keys of one number; 2.5 s
	Partial    time.Duration // between two recognitions while the caller speaks, at least; 300 ms
	Commit     time.Duration // speech over the agent that is an interruption whatever its words; 900 ms
	Longest    time.Duration // a caller's turn that is cut though it goes on, as the next one; 25 s
	Ducked     bool          // the caller's device makes the caller fainter while the agent speaks, as browsers that cancel echo do
	WordsWait  time.Duration // patience with a recogniser that does not answer; 4 s

	// Understood tells whether the dialog could act on the words if the turn ended with
	// them: the wish is known, or what was asked is answered. It may be nil.
	Understood func(words string) bool

	// Stirs tells whether something was heard around call time at that is no speech, such
	// as a cough: nobody is asked in it whether they are still there. It may be nil.
	Stirs func(at time.Duration) bool

	// Watch is told of each pause when it is judged: what a model is fitted to. It may be nil.
	Watch func(Pause)
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.Endpoint, 500*time.Millisecond)
	set(&c.Complete, 300*time.Millisecond)
	set(&c.Incomplete, 1200*time.Millisecond)
	set(&c.Listing, 800*time.Millisecond)
	set(&c.HoldAfter, 140*time.Millisecond)
	set(&c.Glance, 210*time.Millisecond)
	set(&c.NoInput, 7*time.Second)
	set(&c.KeyPause, 2500*time.Millisecond)
	set(&c.Partial, 300*time.Millisecond)
	set(&c.Commit, 900*time.Millisecond)
	set(&c.Longest, 25*time.Second)
	set(&c.WordsWait, 4*time.Second)
	return c
}

// Never is the deadline of an engine that waits for nothing but an event.
const Never = time.Duration(1<<63 - 1)
