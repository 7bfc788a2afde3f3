// Package session carries one call from ring to disposition. It is the only
// place where sound, words and people meet: it owns every goroutine of a call,
// and gives each piece of state one writer.
//
// The goroutines of a call, all in one errgroup of [Run]:
//
//   - receive reads packets from the leg into the jitter buffer, unless the leg can
//     be polled, as a telephone's: then media takes what has come, and by the kernel's
//     times loses nothing;
//   - media waits while the process's [Metronome] steps the media loop: every 20 ms it
//     takes a frame from the buffer to the detector and the memory, and a frame from the
//     playout queue to the leg. It waits for nobody. The ticks of all calls fall on
//     common beats, 2.5 ms apart, so that a hand of the metronome, a goroutine for each
//     processor, does many at a time;
//   - converse is the only writer of turn and dialog state. Edges, words,
//     results, keys and the desk's doings come to it as events;
//   - work (recognition, synthesis, the shop, a person's sound) runs beside it
//     while there is any, and comes back as events.
//
// Both loops step code that takes the call time and reads no clock, so that
// [Replay] drives the very same call from a recording.
package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/codec"
	"huike/audio/enhance"
	"huike/audio/playout"
	"huike/audio/receiver"
	"huike/audio/vad"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/turn"
	"huike/dialog/wording"
	"huike/member"
	"huike/member/shop"
	"huike/session/handoff"
	"huike/session/journal"
)

// Leg is one party's end of a call, whatever carried it here.
type Leg interface {
	// Format is how sound travels on this leg, both ways.
	Format() audio.Format
	// ReadPacket blocks for the next packet and fills p, whose payload stays
	// valid until the next call. It returns io.EOF when the party has gone; a
	// gap in the packets is no error.
	ReadPacket(p *audio.Packet) error
	// WritePacket sends one packet. Sequence and timestamp count from 0.
	WritePacket(p *audio.Packet) error
	// Messages delivers what the party's page or client says beside the sound,
	// as JSON texts. It is closed when the leg ends.
	Messages() <-chan []byte
	// Send queues a JSON text for the party. It never blocks.
	Send(message []byte) error
	// Close ends the leg; reason is told to the party.
	Close(reason string) error
}

// Recognizer turns sound into words.
type Recognizer interface {
	// Recognize returns the words in speech, 16 kHz mono, which it only reads.
	Recognize(ctx context.Context, speech []int16, hint asr.Hint) (asr.Result, error)
}

// Speaker turns words into sound.
type Speaker interface {
	// Play hands spoken to emit, encoded, piece by piece as the voice makes it.
	// The items are shared and read-only, and are kept until they were sent.
	Play(ctx context.Context, lang, spoken string, format audio.Format, emit func([]playout.Item) error) error
	// Pause returns the silence that is due behind spoken before the next clause.
	Pause(format audio.Format, spoken string) []playout.Item
}

// Members is what a call asks of the people the shop knows.
type Members interface {
	Find(ctx context.Context, handle member.Handle, access member.Access) (member.View, error)
	Get(ctx context.Context, id member.ID, access member.Access) (member.View, error)
	Record(ctx context.Context, id member.ID, access member.Access, contact member.Interaction) error
	Note(ctx context.Context, id member.ID, access member.Access, notes []member.Note) error
}

// Shop does the shop's business.
type Shop interface {
	Do(ctx context.Context, id member.ID, op string, args map[string]string, key string) (shop.Result, error)
}

// Desk finds a person for a call.
type Desk interface {
	Request(ctx context.Context, ticket handoff.Ticket) *handoff.Pending
	Publish(call string, event journal.Event)
}

// Config is what the calls of one process share. All fields but Desk, Store,
// Metrics and Log must be set.
type Config struct {
	Recognizer  Recognizer
	Speaker     Speaker
	Detector    vad.Inferer
	Members     Members
	Shop        Shop
	Flow        *flow.Definition
	Wording     *wording.Wording
	Identifier  Identifier                          // nil: nobody is found by what they say
	Rights      func(tier string) (flow.Tier, bool) // what the shop's rules give a tier; nil, or false: what its flows say
	Outlook     Outlook                             // nil: nothing is foretold of anybody
	Model       Model                               // nil: no language model helps
	ModelLeads  bool                                // it leads the conversation between the flows, and does not only read
	ModelWaits  time.Duration                       // how long a caller waits for it; 0: 1.5 s
	Trail       member.Trail                        // takes a row of whatever the model is shown; nil: none is kept, which is for tests
	MemberWaits time.Duration                       // how long a call waits for its caller's record; 0: 250 ms
	Unfinished  Unfinished                          // nil: a call that is lost is not taken up by the next
	Desk        Desk                                // nil: nobody ever takes a call
	Store       *journal.Store                      // nil: calls are not kept
	Metrics     *Metrics                            // nil: not counted
	Metronome   *Metronome                          // ticks the sound of all calls; nil: each call has its own
	Watch       func(journal.Event)                 // is told what goes into the journals, in the conversations' goroutines; nil: nobody
	Turn        turn.Config
	VAD         vad.Config
	Denoise     bool // lower steady noise before recognition
	// Voices knows members by how they sound, of those whom Voiceprints keeps; nil: nobody is.
	Voices      Voices
	Voiceprints Voiceprints
	// RecordAsked keeps the sound of members alone who have consented to it; else that of
	// all but those who have refused.
	RecordAsked bool
	Log         *slog.Logger // nil: slog.Default
}

// Caller is what is known of a call when it arrives.
type Caller struct {
	Call string // the call's id
	Lang dialog.Lang
	As   string // a telephone number that the leg vouches for; "" when unknown
	// Day is when the call began, by the shop's clock: "tomorrow" counts from it.
	// Run fills in a zero one.
	Day     time.Time
	Channel string // how the call arrived, such as "web"; for the member's history
	// Operates lets the caller's side do operations of the shop itself: it has
	// shown a key of the shop's.
	Operates bool
	// Context is what else the transport knows, such as "diversion": lower-case
	// keys. The person who takes the call sees it.
	Context map[string]string
}

// closeWait is how long the end of a call waits for the member's history, and how
// long for the disk.
const closeWait = 5 * time.Second

// session is one call, without what drives it.
type session struct {
	config *Config
	caller Caller
	leg    Leg
	media  *media
	talk   *conversation
	kept   kept
}

func newSession(config *Config, caller Caller, leg Leg, keep kept, queue *playout.Queue) (*session, error) {
	heard := leg.Format()
	if written(heard) {
		heard, config = codec.PCM(audio.Rate), reading(config)
	}
	ear, err := receiver.New(receiver.Config{Format: heard, CatchesUp: true})
	if err != nil {
		return nil, err
	}
	if config.Log == nil {
		logged := *config
		logged.Log = slog.Default()
		config = &logged
	}
	memory := &memory{from: turn.Never}
	m := &media{
		leg: leg, peer: reports(leg), heardAs: leg.Format(), saidAs: leg.Format(), memory: memory, queue: queue, kept: keep, stamp: stamp(leg.Format()),
		detector: vad.New(config.Detector, config.VAD), silence: codec.Silence(leg.Format()),
	}
	m.ear.Store(ear)
	if e, ok := leg.(interface{ Echoes() bool }); ok && e.Echoes() {
		m.guard = enhance.NewGuard()
	}
	patient := config.Turn
	patient.Ducked = m.guard == nil // a peer that cancels echo makes its caller fainter
	if d, ok := leg.(interface{ Ducks() bool }); ok {
		patient.Ducked = d.Ducks()
	}
	var c *conversation
	patient.Stirs = memory.stirs
	patient.Understood = func(words string) bool { return c.understands(words) }
	c = &conversation{
		config: config, caller: caller, leg: leg, queue: queue, memory: memory, kept: keep,
		floor: turn.New(patient), flow: flow.New(config.Flow, caller.Lang),
		bridge: m.bridge.Store, park: m.parked.Store, speaker: config.Speaker, peer: m.peer,
		cancelRecognition: func() {}, endAt: turn.Never, recognize: asked(config.Recognizer), patience: usual(),
		operations: map[uint32]time.Duration{},
	}
	c.patience.profile = cmp.Or(config.MemberWaits, c.patience.profile)
	c.patience.model = cmp.Or(config.ModelWaits, modelPatience)
	return &session{config: config, caller: caller, leg: leg, media: m, talk: c, kept: keep}, nil
}

// disposition says how the call ended, by what ended its goroutines, and what of
// that is huike's own fault. A caller who leaves during the goodbye has been told
// it.
func (s *session) disposition(cause error) (dialog.Disposition, error) {
	over := s.talk.ended
	if over == nil && errors.Is(cause, errHungUp) && s.lost() == passedOn {
		return dialog.Disposition{Code: dialog.HandedOff, By: dialog.Human}, nil
	}
	if over == nil && s.lost() != "" && errors.Is(cause, errHungUp) {
		return dialog.Disposition{Code: dialog.Disconnects, By: dialog.System}, nil
	}
	if over == nil && errors.Is(cause, errHungUp) {
		over = s.talk.ending
	}
	switch {
	case over != nil && (errors.Is(cause, errEnded) || errors.Is(cause, errHungUp)):
		return *over, nil
	case errors.Is(cause, errHungUp):
		return dialog.Disposition{Code: dialog.HungUp, By: dialog.Caller}, nil
	case errors.Is(cause, context.Canceled):
		return dialog.Disposition{Code: dialog.Drained, By: dialog.System}, nil
	}
	return dialog.Disposition{Code: dialog.Failed, By: dialog.System}, cause
}

// lost is why the leg is over, if neither side has hung up; "" otherwise.
func (s *session) lost() string {
	leg, ok := s.leg.(interface{ Reason() string })
	if !ok || leg.Reason() == byPeer {
		return ""
	}
	return leg.Reason()
}

// How legs say that the caller has hung up, and that whoever carried the call here has
// connected the caller with a person.
const (
	byPeer   = "peer hung up"
	passedOn = "handed over"
)

// hangUp tells the page how the call ends, and ends the leg.
func (s *session) hangUp(cause error) {
	d, _ := s.disposition(cause)
	if d.Code == dialog.Disconnects {
		s.talk.stepDown("leg", errors.New(s.lost()))
	}
	s.talk.send(journal.Event{Type: journal.TypeEnded, Disposition: d.Code, By: d.By})
	_ = s.leg.Close(d.Code) // it is gone either way
}

// close writes how the call ended where it is kept: in the journal, the member's
// history, the metrics and one line of the log.
func (s *session) close(ctx context.Context, at time.Duration, cause error) (dialog.Disposition, error) {
	d, cause := s.disposition(cause)
	s.talk.now = max(s.talk.now, at)
	s.finish(d)
	err := errors.Join(
		cause, guard("remember", func() error { return s.talk.remember(ctx, d) }), s.kept.close(ctx), s.leg.Close(d.Code),
	)
	s.config.Metrics.callEnded(d, s)
	s.media.memory.release()
	if err != nil {
		return d, fmt.Errorf("call %s: %w", s.caller.Call, err)
	}
	return d, nil
}

// finish writes the last events of the journal.
func (s *session) finish(d dialog.Disposition) {
	s.talk.giveUpHandoff()
	s.talk.write(journal.Event{Type: journal.TypeStats, Stats: s.stats()})
	s.talk.publish(journal.Event{Type: journal.TypeEnded, Disposition: d.Code, By: d.By})
}
