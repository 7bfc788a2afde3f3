package session

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/vad"
	"huike/dialog/turn"
)

// sink is a leg that takes everything and says nothing.
type sink struct{ format audio.Format }

func (s sink) Format() audio.Format          { return s.format }
func (sink) ReadPacket(*audio.Packet) error  { return io.EOF }
func (sink) WritePacket(*audio.Packet) error { return nil }
func (sink) Messages() <-chan []byte         { return nil }
func (sink) Send([]byte) error               { return nil }
func (sink) Close(string) error              { return nil }

// table is the sound of one call in steady state: the caller speaks without an
// end, in packets of the leg's format, and the agent too.
type table struct {
	media   *media
	packets []audio.Packet
	items   []playout.Item
	now     time.Duration
	number  int
}

func newTable(tb testing.TB, format audio.Format) *table {
	tb.Helper()
	config := &Config{
		Recognizer: &listener{}, Speaker: &speaker{}, Detector: house.detector, Flow: house.flow, Wording: house.wording,
		Log: slog.New(slog.DiscardHandler),
	}
	s, err := newSession(config, Caller{Lang: "en"}, sink{format}, kept{}, playout.New())
	if err != nil {
		tb.Fatal(err)
	}
	s.media.post = func(event) {}
	t := &table{media: s.media}
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		tb.Fatal(err)
	}
	speech := long(10 * time.Second)
	for at := 0; at+audio.FrameSamples <= len(speech); at += audio.FrameSamples {
		payload := make([]byte, codec.MaxPayload)
		frame := speech[at : at+audio.FrameSamples]
		n, err := encoder.Encode(frame, payload)
		if err != nil {
			tb.Fatal(err)
		}
		t.packets = append(t.packets, audio.Packet{SSRC: 1, Payload: payload[:n]})
		t.items = append(t.items, playout.Item{PCM: frame, Payload: payload[:n]})
	}
	s.media.queue.Begin(1)
	for range 40 * time.Second / audio.PTime { // memory and queue grow to their size
		t.tick(tb)
	}
	return t
}

// tick is one PTime: a packet comes, a frame is heard, a packet goes.
func (t *table) tick(tb testing.TB) {
	tb.Helper()
	t.now += audio.PTime
	p := &t.packets[t.number%len(t.packets)]
	p.Sequence, p.Timestamp = uint16(t.number), uint32(t.number)*t.media.stamp
	t.media.ear.Load().Push(p, t.now)
	at := t.number % len(t.items)
	t.media.queue.Append(tb.Context(), 1, 0, t.items[at:at+1]...)
	t.number++
	t.media.hear(t.now)
	t.media.say(t.now)
}

func TestFrameAllocatesNothing(t *testing.T) {
	for _, format := range []audio.Format{codec.PCM(audio.Rate), codec.Opus} {
		t.Run(format.String(), func(t *testing.T) {
			table := newTable(t, format)
			if n := testing.AllocsPerRun(500, func() { table.tick(t) }); n != 0 {
				t.Errorf("%v allocations for a PTime in and out, want 0", n)
			}
		})
	}
}

// BenchmarkMedia is one PTime of a call in which both speak: push, pop, decode,
// detect (the network for this call alone), remember, and send.
func BenchmarkMedia(b *testing.B) {
	for _, format := range []audio.Format{codec.PCM(audio.Rate), codec.Opus} {
		b.Run(format.String(), func(b *testing.B) {
			table := newTable(b, format)
			b.ReportAllocs()
			for b.Loop() {
				table.tick(b)
			}
		})
	}
}

// BenchmarkMediaSilent is the same without the network: the caller is silent.
func BenchmarkMediaSilent(b *testing.B) {
	table := newTable(b, codec.PCM(audio.Rate))
	for i := range table.packets {
		clear(table.packets[i].Payload)
	}
	b.ReportAllocs()
	for b.Loop() {
		table.tick(b)
	}
}

// inline is a worker that does its work at once and steps what it posts.
type inline struct{ talk *conversation }

func (w inline) Go(work func(context.Context, func(event))) context.CancelFunc {
	work(w.Context(), func(ev event) { w.talk.step(w.talk.now, ev) })
	return func() {}
}

func (w inline) Now() time.Duration       { return w.talk.now }
func (w inline) Context() context.Context { return context.Background() } //nolint:forbidigo // a benchmark's
func (w inline) Post(ev event)            { w.talk.step(w.talk.now, ev) }

// BenchmarkConverse is one turn of the conversation: edges, words, the dialog's
// answer, its clauses, and their sound begun and finished.
func BenchmarkConverse(b *testing.B) {
	config := replayConfig(words("where are your stores"))
	config.Log = slog.New(slog.DiscardHandler)
	config.Speaker = still{}
	config.VAD = vad.Config{}
	s, err := newSession(config, Caller{Call: "c_bench", Lang: "en"}, sink{codec.PCM(audio.Rate)}, kept{}, playout.NewEndless())
	if err != nil {
		b.Fatal(err)
	}
	talk := s.talk
	talk.worker = inline{talk}
	talk.begin(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		at := talk.now + time.Second
		talk.step(at, turnFinished{at: at, turn: talk.reply.turn})
		talk.step(at+100*time.Millisecond, heardEdge{vad.Event{Kind: vad.Started, At: at}})
		talk.step(at+150*time.Millisecond, heardEdge{vad.Event{Kind: vad.Sustained, At: at + 150*time.Millisecond}})
		talk.step(at+time.Second, heardEdge{vad.Event{Kind: vad.Ended, At: at + 900*time.Millisecond}})
		if due := talk.floor.Deadline(); due != turn.Never {
			talk.step(due, nil)
		}
		talk.step(talk.now, clauseBegan{at: talk.now, turn: talk.reply.turn, first: true})
	}
}

// words is a recogniser that always hears the same, at once.
type words string

// Recognize implements [Recognizer].
func (w words) Recognize(context.Context, []int16, asr.Hint) (asr.Result, error) {
	return asr.Result{Text: string(w), Final: true}, nil
}

// still is a voice whose every clause is one PTime.
type still struct{}

// Play implements [Speaker].
func (still) Play(_ context.Context, _, _ string, _ audio.Format, emit func([]playout.Item) error) error {
	return emit([]playout.Item{{Payload: []byte{0, 0}}})
}

// Pause implements [Speaker].
func (still) Pause(audio.Format, string) []playout.Item { return nil }
