package session

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/dialog"
	"huike/member"
	"huike/member/shop"
	"huike/session/journal"
)

// listener is a recogniser that takes the n-th sound of a recording for the n-th
// of its sentences, by when it is asked.
type listener struct {
	words []string
	err   error
	next  int
}

// Recognize implements [Recognizer].
func (l *listener) Recognize(_ context.Context, _ []int16, hint asr.Hint) (asr.Result, error) {
	if l.err != nil || l.next >= len(l.words) {
		return asr.Result{}, l.err
	}
	words := l.words[l.next]
	if !hint.Partial {
		l.next++
	}
	return asr.Result{Text: words, Final: !hint.Partial}, nil
}

// replayConfig is a shop for replays, with a voice that takes no time.
func replayConfig(r Recognizer) *Config {
	directory := member.NewDirectory(house.store, nil, member.Config{Log: slog.New(slog.DiscardHandler)})
	return &Config{
		Recognizer: r, Speaker: &speaker{}, Detector: house.detector, Members: directory,
		Shop: shop.New(house.store, shop.Config{Members: directory}), Flow: house.flow, Wording: house.wording,
	}
}

// recording is a call in which clips are spoken at given times.
func recording(name string, length time.Duration, said map[time.Duration][]int16) Recording {
	pcm := make([]int16, audio.Samples(length, audio.Rate))
	for at, clip := range said {
		copy(pcm[audio.Samples(at, audio.Rate):], clip)
	}
	return Recording{
		Caller:  Caller{Call: "c_" + name, Lang: dialog.English, As: zhang, Day: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
		Packets: Paced(pcm), Length: length,
	}
}

// journalOf replays a recording and returns its journal, as a list and as bytes.
func journalOf(tb testing.TB, config *Config, rec Recording) (events []journal.Event, text []byte, sound []int16) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	events, sound, err := Replay(ctx, config, rec)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	w := journal.NewWriter(&b)
	for _, ev := range events {
		if err := w.Write(ev); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return events, b.Bytes(), sound
}

func TestReplayIsTheSameEveryTime(t *testing.T) {
	second := time.Second
	for _, tt := range []struct {
		name  string
		rec   Recording
		words []string
		err   error
		want  string
	}{
		{
			"two questions, the second into the answer of the first",
			recording("two", 30*second, map[time.Duration][]int16{8 * second: house.question, 12 * second: house.question}),
			[]string{"where is my order", "how many points do I have"},
			nil, "1280",
		},
		{
			"a cough over the greeting",
			recording("cough", 12*second, map[time.Duration][]int16{2 * second: cough()}),
			[]string{""},
			nil, "today",
		},
		{
			"a recogniser that fails",
			recording("fails", 14*second, map[time.Duration][]int16{8 * second: house.question}),
			nil, errBroken, "Sorry",
		},
		{
			"no recogniser",
			recording("none", 14*second, map[time.Duration][]int16{8 * second: house.question}),
			nil, asr.ErrNoRecognizer, "Sorry",
		},
		{
			"long speech with many partials",
			recording("long", 30*second, map[time.Duration][]int16{8 * second: long(12 * second)}),
			[]string{"where is my order"},
			nil, "10023",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events, first, sound := journalOf(t, replayConfig(&listener{words: tt.words, err: tt.err}), tt.rec)
			if !strings.Contains(strings.ToLower(string(first)), strings.ToLower(tt.want)) {
				t.Errorf("no %q in\n%s", tt.want, first)
			}
			_, again, heard := journalOf(t, replayConfig(&listener{words: tt.words, err: tt.err}), tt.rec)
			if !bytes.Equal(first, again) {
				t.Errorf("the second time is another:\n%s", journal.Diff(events, mustParse(t, again)))
			}
			if !slices.Equal(sound, heard) {
				t.Error("the second time sounds otherwise")
			}
			tt.rec.Tape = journal.NewTape(mustParse(t, first))
			taped, third, _ := journalOf(t, replayConfig(nil), tt.rec)
			if !bytes.Equal(first, third) {
				t.Errorf("the replay of the tape is another:\n%s", journal.Diff(events, taped))
			}
			if n := tt.rec.Tape.Left(); n != 0 {
				t.Errorf("%d recognitions were left on the tape", n)
			}
		})
	}
}

// TestReplayWithWordsOnTheWay lets speech end at every place against the partial
// recognition that is under way.
func TestReplayWithWordsOnTheWay(t *testing.T) {
	for _, ms := range []int{560, 600, 620, 640, 660, 700, 740, 1320} {
		length := audio.Duration(ms, 1000)
		t.Run(length.String(), func(t *testing.T) {
			rec := recording("way", 14*time.Second, map[time.Duration][]int16{8 * time.Second: long(length)})
			events, first, _ := journalOf(t, replayConfig(&listener{words: []string{"where is my order"}}), rec)
			rec.Tape = journal.NewTape(mustParse(t, first))
			taped, second, _ := journalOf(t, replayConfig(nil), rec)
			if !bytes.Equal(first, second) {
				t.Errorf("the replay of the tape is another:\n%s", journal.Diff(events, taped))
			}
		})
	}
}

func mustParse(t *testing.T, text []byte) []journal.Event {
	t.Helper()
	events, err := journal.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestReplayTakesKeysAndTexts(t *testing.T) {
	rec := recording("keys", 20*time.Second, nil)
	rec.Messages = []Said{
		{At: 2 * time.Second, Text: `{"type":"text","text":"where is my order"}`},
		{At: 10 * time.Second, Text: `{"type":"key","key":"2"}`},
	}
	_, text, _ := journalOf(t, replayConfig(nil), rec)
	for _, want := range []string{"10023", "1280"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestReplayOfALongReplyEnds(t *testing.T) {
	rec := recording("minutes", 120*time.Second, map[time.Duration][]int16{2 * time.Second: house.question})
	config := replayConfig(&listener{words: []string{"where is my order"}})
	config.Speaker = &speaker{length: 31 * time.Second}
	events, _, sound := journalOf(t, config, rec)
	if n := audio.Duration(len(sound), audio.Rate); n < 90*time.Second {
		t.Errorf("%v of sound; the journal ends with %v", n, events[len(events)-1])
	}
}

// BenchmarkReplay reports how many times as fast as the call a replay of it is.
func BenchmarkReplay(b *testing.B) {
	rec := recording("fast", 60*time.Second, map[time.Duration][]int16{8 * time.Second: house.question, 20 * time.Second: house.question})
	for b.Loop() {
		journalOf(b, replayConfig(&listener{words: []string{"where is my order", "how many points do I have"}}), rec)
	}
	b.ReportMetric(float64(rec.Length)*float64(b.N)/float64(b.Elapsed()), "x-real-time")
}
