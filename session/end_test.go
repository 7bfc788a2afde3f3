package session

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/wav"
	"huike/dialog"
	"huike/session/journal"
)

func TestEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(s *stage)
		want dialog.Disposition
	}{
		{
			"a caller who says goodbye has completed the call",
			func(s *stage) { s.say(house.question, "goodbye") },
			dialog.Disposition{Code: dialog.Completed, By: dialog.Caller},
		},
		{
			"a caller who hangs up in the goodbye has completed the call",
			func(s *stage) {
				s.begins(s.say(house.question, "goodbye"), 300*time.Millisecond)
				s.hangUp()
			},
			dialog.Disposition{Code: dialog.Completed, By: dialog.Caller},
		},
		{
			"a caller who hangs up in mid-turn has hung up",
			func(s *stage) {
				s.say(house.question, "where is my")
				s.later(600 * time.Millisecond)
				s.hangUp()
			},
			dialog.Disposition{Code: dialog.HungUp, By: dialog.Caller},
		},
		{
			"a caller who is silent to the end of the ladder is told so",
			func(*stage) {},
			dialog.Disposition{Code: dialog.NoInput, By: dialog.Caller},
		},
		{
			"a server that drains ends the call",
			func(s *stage) { close(s.drain) },
			dialog.Disposition{Code: dialog.Drained, By: dialog.System},
		},
		{
			"a server that stops ends the call",
			func(s *stage) { s.cancel() },
			dialog.Disposition{Code: dialog.Drained, By: dialog.System},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				tt.do(s)
				if d := s.ends(time.Minute); d != tt.want || s.err != nil {
					t.Errorf("ended %v with error %v, want %v", d, s.err, tt.want)
				}
				if strings.Contains(tt.name, "hangs up") {
					return // nobody is there to be told
				}
				ended := s.events(journal.TypeEnded)
				if len(ended) != 1 || ended[0].Disposition != tt.want.Code || ended[0].By != tt.want.By {
					t.Errorf("the page was told %v, want %v", ended, tt.want)
				}
				if s.closed != tt.want.Code || s.after > 0 {
					t.Errorf("the leg was closed for %q, and %d messages came after", s.closed, s.after)
				}
			})
		})
	}
}

func TestGoodbyeEndsTheCallAfterItsLastSound(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		end := s.say(house.question, "goodbye")
		s.ends(20 * time.Second)
		s.speaker.mu.Lock()
		last := s.speaker.number
		s.speaker.mu.Unlock()
		sounds := s.sounds(end)
		contiguous(t, sounds)
		if got := sounds[len(sounds)-1].samples[0]; got != last {
			t.Errorf("the last PTime heard is %d, the voice made %d", got, last)
		}
	})
}

func TestCallerWhoSpeaksIntoTheGoodbyeGoesOn(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.begins(s.say(house.question, "goodbye"), 200*time.Millisecond)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
		s.say(house.question, "goodbye")
		if d := s.ends(20 * time.Second); d.Code != dialog.Completed {
			t.Errorf("ended %v", d)
		}
	})
}

func TestSilenceIsAskedAboutTwice(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		from := s.now()
		s.ends(time.Minute)
		var turns []uint32
		for _, ev := range s.events(journal.TypeCaption) {
			if ev.At.Duration() > from && ev.Clause == 0 {
				turns = append(turns, ev.Turn)
			}
		}
		if len(turns) != 3 {
			t.Errorf("%d turns into silence, want two questions and a goodbye:\n%s", len(turns), s.story())
		}
	})
}

func TestHistoryTellsHowTheCallWent(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.asks("where is my order")
		s.say(house.question, "goodbye")
		s.ends(20 * time.Second)
		if len(s.people.left) != 1 || s.people.left[0].Outcome != dialog.Completed {
			t.Errorf("the member's history has %v", s.people.left)
		}
	})
}

func TestCallIsKept(t *testing.T) {
	dir := t.TempDir()
	play(t, func(s *stage) {
		store, err := journal.OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		s.config.Store, s.who.Call = store, "c_kept"
		s.beside(store.Run)
	}, func(s *stage) {
		s.greeted()
		s.asks("where is my order")
		s.say(house.question, "goodbye")
		if d := s.ends(30 * time.Second); d.Code != dialog.Completed || s.err != nil {
			t.Errorf("ended %v, error %v", d, s.err)
		}
	})
	store, err := journal.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	call, err := store.Open("c_kept")
	if err != nil {
		t.Fatal(err)
	}
	wantKept(t, call.Events)
	wantRecorded(t, filepath.Join(dir, "calls", "c_kept", "recording.wav"), call.Events[len(call.Events)-1].At.Duration())
}

// wantKept wants a journal to have its end, and its one operation asked and done.
func wantKept(t *testing.T, events []journal.Event) {
	t.Helper()
	last := events[len(events)-1]
	if last.Type != journal.TypeEnded || last.Disposition != dialog.Completed {
		t.Errorf("the journal ends with %v", last)
	}
	var asked, done int
	for _, ev := range events {
		if ev.Type == journal.TypeOperation {
			asked++
			if ev.Operation.Done {
				done++
			}
		}
	}
	if asked != 2 || done != 1 {
		t.Errorf("%d operations in the journal, %d done", asked, done)
	}
}

// wantRecorded wants a recording of a call of that length, with both sides.
func wantRecorded(t *testing.T, path string, length time.Duration) {
	t.Helper()
	channels, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := audio.Duration(len(channels[0]), audio.Rate); (got - length).Abs() > 100*time.Millisecond {
		t.Errorf("the recording is %v long, the call %v", got, length)
	}
	for side, from := range []time.Duration{6900 * time.Millisecond, time.Second} { // caller left, agent right
		part := channels[side][audio.Samples(from, audio.Rate):audio.Samples(from+time.Second, audio.Rate)]
		if slices.Max(part) == 0 {
			t.Errorf("side %d is silent at %v", side, from)
		}
	}
}

// TestGoroutines counts what a call runs while nothing is at work in it.
func TestGoroutines(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.asks("where is my order")
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		n := strings.Count(string(stacks), "created by golang.org/x/sync/errgroup") + 1 // and Run's own
		if n > 5 {
			t.Errorf("%d goroutines in a call that waits for words, want at most 5:\n%s", n, stacks)
		}
		t.Logf("%d goroutines", n)
		s.later(audio.PTime)
	})
}
