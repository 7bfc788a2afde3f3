package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/wav"
	"huike/member"
	"huike/session/journal"
)

// TestRecordingFollowsTheCallersWord plays calls of two questions, with a word on being
// recorded before the call and another between the questions.
func TestRecordingFollowsTheCallersWord(t *testing.T) {
	yes, no := new(bool), new(bool)
	*yes = true
	tests := []struct {
		name          string
		asked         bool // only who has consented is recorded
		before, after *bool
		first, second bool // which question is in what is kept
		withdrawn     bool
	}{
		{"who says nothing is recorded", false, nil, nil, true, true, false},
		{"who consented is", true, yes, yes, true, true, false},
		{"a word against it in mid-call ends it with the next turn", false, yes, no, true, false, true},
		{"who had refused is never recorded", false, no, no, false, false, true},
		{"nor is what they said before they changed their mind", false, no, yes, false, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			var second time.Duration
			var read []member.Purpose
			play(t, func(s *stage) {
				store, err := journal.OpenStore(dir)
				if err != nil {
					t.Fatal(err)
				}
				s.config.Store, s.config.RecordAsked, s.who.Call = store, test.asked, "c_word"
				s.people.recording = test.before
				s.beside(store.Run)
			}, func(s *stage) {
				s.greeted()
				s.asks("where is my order")
				s.people.set(func(p *people) { p.recording = test.after })
				s.asks("how many points do I have")
				second = s.now() // the word is known by then
				s.say(house.question, "goodbye")
				s.ends(30 * time.Second)
				s.people.set(func(p *people) { read = slices.Clone(p.read) })
			})
			if !slices.Contains(read, member.PurposeRecording) || !slices.Contains(read, member.PurposeService) {
				t.Errorf("the record was read for %v", read)
			}
			first, later := recorded(t, filepath.Join(dir, "calls", "c_word", "recording.wav"), second)
			if first != test.first || later != test.second {
				t.Errorf("kept: before %t, after %t", first, later)
			}
			store, err := journal.OpenStore(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			call, err := store.Open("c_word")
			if err != nil {
				t.Fatal(err)
			}
			told := slices.ContainsFunc(call.Events, func(e journal.Event) bool { return e.Type == journal.TypeRecording && !e.On })
			sum := store.List(1)[0]
			if told != test.withdrawn || sum.Withdrawn != test.withdrawn || sum.Recording != test.first {
				t.Errorf("the journal says %t, the list %+v", told, sum)
			}
		})
	}
}

// recorded tells whether sound is kept from before and from after a moment.
func recorded(t *testing.T, path string, moment time.Duration) (before, after bool) {
	t.Helper()
	channels, err := wav.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, false
	}
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatal(err)
	}
	n := min(audio.Samples(moment, audio.Rate), len(channels[0]))
	loud := func(part []int16) bool { return len(part) > 0 && slices.Max(part) > 0 }
	return loud(channels[0][:n]), loud(channels[0][n:])
}
