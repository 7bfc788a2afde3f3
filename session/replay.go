package session

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/codec"
	"huike/audio/playout"
	"huike/dialog"
	"huike/dialog/turn"
	"huike/session/journal"
)

// Recording is a call to be replayed: what the caller sent, and when.
type Recording struct {
	Caller   Caller
	Packets  []Arrival     // 16 kHz little-endian PCM, in order of arrival
	Messages []Said        // keys and typed texts, in order of time
	Length   time.Duration // when the caller hangs up, if nobody has before
	Tape     *journal.Tape // the recogniser's recorded output; nil: config's recogniser hears it anew

	// Model is what a language model answered in the call; nil: none helps.
	Model *journal.ModelTape

	// Sent, where it is set, is told after each PTime which turn of the agent's has
	// sounded in it: 0 where the agent was silent or its sound is held.
	Sent func(at time.Duration, turn uint32)
}

// Arrival is one packet and the call time at which it arrived.
type Arrival struct {
	At     time.Duration
	Packet audio.Packet
}

// Said is one message of the caller's page and its call time.
type Said struct {
	At   time.Duration
	Text string
}

// Paced cuts a caller's sound, 16 kHz mono, into packets that arrive on time.
func Paced(pcm []int16) []Arrival {
	var arrivals []Arrival
	for i := 0; (i+1)*audio.FrameSamples <= len(pcm); i++ {
		payload := make([]byte, 2*audio.FrameSamples)
		for j, v := range pcm[i*audio.FrameSamples : (i+1)*audio.FrameSamples] {
			binary.LittleEndian.PutUint16(payload[2*j:], uint16(v))
		}
		arrivals = append(arrivals, Arrival{
			At: time.Duration(i+1) * audio.PTime,
			Packet: audio.Packet{
				SSRC: 1, Sequence: uint16(i), Timestamp: uint32(i * audio.FrameSamples), Payload: payload,
			},
		})
	}
	return arrivals
}

// Replay carries the recorded call through the very code of a live one, in fake
// time and as fast as it goes, and returns its journal and the agent's sound
// from the call's beginning, 16 kHz mono. It uses no clock, no goroutine and no
// desk. Synthesis takes no call time; recognition takes what the tape says, or
// a nominal time, so that the same recording gives the same journal every time.
func Replay(ctx context.Context, config *Config, rec Recording) ([]journal.Event, []int16, error) {
	quiet := *config
	quiet.Desk, quiet.Store, quiet.Metrics, quiet.Model, quiet.Trail, quiet.Log = nil, nil, nil, nil, nil, slog.New(slog.DiscardHandler)
	leg := &tapeLeg{}
	s, err := newSession(&quiet, rec.Caller, leg, kept{}, playout.NewEndless())
	if err != nil {
		return nil, nil, err
	}
	r := &replay{ctx: ctx, session: s, tape: rec.Tape}
	s.talk.worker, s.media.post = r, r.Post
	s.talk.kept.journal, s.talk.patience = r, endless()
	s.talk.helping.tape = rec.Model
	s.talk.recognize = anew(config.Recognizer)
	if rec.Tape != nil {
		s.talk.recognize = fromTape(rec.Tape)
	}
	r.run(rec)
	d := dialog.Disposition{Code: dialog.HungUp, By: dialog.Caller}
	if s.talk.ended != nil {
		d = *s.talk.ended
	}
	s.talk.now = max(s.talk.now, r.now)
	s.finish(d)
	return r.journal, leg.pcm, ctx.Err()
}

// replay drives a session in fake time.
type replay struct {
	ctx     context.Context //nolint:containedctx // of the one call of Replay
	session *session
	tape    *journal.Tape // of the recorded call; nil: there is none
	now     time.Duration
	queue   []due // by time, then by order of posting
	journal []journal.Event
}

type due struct {
	at        time.Duration
	event     event
	cancelled *bool // set when the work behind it was given up; nil for what is no work
}

// run is the whole call: each PTime what has arrived, what is said, and between
// two of them whatever comes due.
func (r *replay) run(rec Recording) {
	s := r.session
	s.talk.begin(r.ctx)
	packets, messages := rec.Packets, rec.Messages
	for at := audio.PTime; at <= rec.Length && s.talk.ended == nil && r.ctx.Err() == nil; at += audio.PTime {
		for len(messages) > 0 && messages[0].At <= at {
			r.post(due{at: messages[0].At, event: message(messages[0].Text)})
			messages = messages[1:]
		}
		r.settle(at)
		r.now = at
		for len(packets) > 0 && packets[0].At <= at {
			s.media.ear.Load().Push(&packets[0].Packet, packets[0].At)
			packets = packets[1:]
		}
		s.media.hear(at)
		s.media.say(at)
		if rec.Sent != nil {
			rec.Sent(at, s.media.turn)
		}
		r.settle(at)
	}
}

// settle steps the conversation with all that is due until time end.
func (r *replay) settle(end time.Duration) {
	talk := r.session.talk
	for talk.ended == nil && r.ctx.Err() == nil {
		deadline := talk.deadline()
		switch {
		case len(r.queue) > 0 && r.queue[0].at <= min(end, deadline):
			next := r.queue[0]
			r.queue = r.queue[1:]
			r.now = max(r.now, next.at)
			if next.cancelled == nil || !*next.cancelled {
				talk.step(r.now, next.event)
			}
		case deadline != turn.Never && deadline <= end:
			r.now = max(r.now, deadline)
			talk.step(r.now, nil)
		default:
			return
		}
		select {
		case <-r.session.media.queue.Ready():
			r.session.media.sayNow(r.now)
		default:
		}
	}
}

// post puts an event where its time is, behind others of that time.
func (r *replay) post(d due) {
	i, _ := slices.BinarySearchFunc(r.queue, d.at, func(e due, at time.Duration) int {
		return cmp.Or(cmp.Compare(e.at, at), -1)
	})
	r.queue = slices.Insert(r.queue, i, d)
}

// Write keeps an event of the replayed journal.
func (r *replay) Write(ev journal.Event) error {
	r.journal = append(r.journal, ev)
	return nil
}

// Close does nothing: the journal is in memory.
func (*replay) Close() error { return nil }

// Context is the replay's.
func (r *replay) Context() context.Context { return r.ctx }

// Post takes an event of the media loop.
func (r *replay) Post(ev event) { r.post(due{at: r.now, event: ev}) }

// Now returns the call time.
func (r *replay) Now() time.Duration { return r.now }

// Go does the work at once; what it posts comes when the work would have been
// done, unless it is cancelled before.
func (r *replay) Go(work func(ctx context.Context, post func(event))) context.CancelFunc {
	cancelled := new(bool)
	work(r.ctx, func(ev event) {
		r.post(due{at: r.now + r.cost(ev), event: ev, cancelled: cancelled})
	})
	return func() { *cancelled = true }
}

// unanswered is how long a replayed call waits for the person who never comes.
const unanswered = 6 * time.Second

// cost is the call time that the work behind an event takes in a replay. An operation
// takes what it took in the recorded call, since what the caller says meanwhile hangs on
// it.
func (r *replay) cost(ev event) time.Duration {
	switch ev := ev.(type) {
	case operated:
		if r.tape != nil {
			return r.tape.Took(ev.operation.ID).Duration()
		}
		return 0
	case recognised:
		return ev.result.Elapsed
	case modelRead:
		return ev.took
	case modelSaid:
		return ev.took
	case modelMoved:
		return ev.took
	case desked:
		return unanswered
	default:
		return 0
	}
}

// anew has the recogniser hear the sound, and counts for it about what Moonshine
// takes on one core, whatever it took: huike eval asr measured 101 ms for a final of
// 2.7 s that had partials before it, and 201 ms for one of 5.2 s.
func anew(r Recognizer) recognize {
	return func(ctx context.Context, _ turn.Action, speech []int16, hint asr.Hint) (asr.Result, error) {
		result, err := r.Recognize(ctx, speech, hint)
		sound := audio.Duration(len(speech), audio.Rate)
		if result.Elapsed = 20*time.Millisecond + sound/20; !hint.Partial && sound > drafted {
			result.Elapsed = 10*time.Millisecond + sound/25
		}
		return result, err
	}
}

// drafted is how long a turn's sound is, with the quiet around it, when a partial has
// made a draft for its final.
const drafted = 900 * time.Millisecond

// fromTape answers with what the recogniser said when the call was recorded.
func fromTape(tape *journal.Tape) recognize {
	return func(_ context.Context, a turn.Action, _ []int16, _ asr.Hint) (asr.Result, error) {
		heard, err := tape.Next(journal.MS(a.From), journal.MS(a.To), a.Partial)
		switch {
		case err != nil:
			return asr.Result{}, fmt.Errorf("%w: %w", journal.ErrOffTape, err)
		case heard.Error == noRecogniser:
			return asr.Result{Lang: string(heard.Lang), Elapsed: heard.Elapsed.Duration()}, asr.ErrNoRecognizer
		case heard.Error != "":
			return asr.Result{Elapsed: heard.Elapsed.Duration()}, errors.New(heard.Error)
		}
		return asr.Result{
			Text: heard.Text, Final: !heard.Partial, Confidence: heard.Confidence, Alternatives: heard.Alternatives,
			Lang: string(heard.Lang), Nature: heardNature(heard.Nature), Elapsed: heard.Elapsed.Duration(),
		}, nil
	}
}

// tapeLeg is the leg of a replay: it keeps what the agent says, in its time.
type tapeLeg struct {
	pcm []int16
}

func (*tapeLeg) Format() audio.Format           { return codec.PCM(audio.Rate) }
func (*tapeLeg) ReadPacket(*audio.Packet) error { return io.EOF }
func (*tapeLeg) Messages() <-chan []byte        { return nil }
func (*tapeLeg) Send([]byte) error              { return nil }
func (*tapeLeg) Ducks() bool                    { return false } // it hears its caller as a telephone does
func (*tapeLeg) Close(string) error             { return nil }

func (l *tapeLeg) WritePacket(p *audio.Packet) error {
	for len(l.pcm) < int(p.Timestamp) {
		l.pcm = append(l.pcm, 0)
	}
	for i := 0; i+1 < len(p.Payload); i += 2 {
		l.pcm = append(l.pcm, int16(binary.LittleEndian.Uint16(p.Payload[i:])))
	}
	return nil
}
