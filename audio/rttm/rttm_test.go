package rttm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"huike/audio/rttm"
)

const labels = `;; two people
SPKR-INFO talk 1 <NA> <NA> <NA> unknown ann <NA> <NA>
SPEAKER talk 1 1.000 2.000 <NA> <NA> ann <NA> <NA>
SPEAKER talk 1 2.500 1.500 <NA> <NA> ben <NA> <NA>
SPEAKER talk 1 6.0 0.5 <NA> <NA> ann <NA>
`

// A detector that is 100 ms late at every onset, and right at every end.
func Example() {
	segments, err := rttm.Parse(strings.NewReader(labels))
	if err != nil {
		fmt.Println(err)
		return
	}
	var t rttm.Tally
	truth := rttm.Union(segments)
	var heard []rttm.Heard
	for _, s := range truth {
		s.From += 100 * time.Millisecond
		heard = append(heard, rttm.Heard{Span: s, Started: s.From, Ended: s.To})
	}
	t.Add(truth, heard, 8*time.Second)
	s := t.Score()
	fmt.Printf("%v precision %.2f recall %.2f onset %.0f ms offset %.0f ms", truth, s.Precision, s.Recall, s.OnsetMS, s.OffsetMS)
	// Output: [{1s 4s} {6s 6.5s}] precision 1.00 recall 0.94 onset 100 ms offset 0 ms
}

func TestWhatIsNoRTTMIsNamed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"SPEAKER a 1 0.1", "SPEAKER a 1 x 1 <NA> <NA> ann", "SPEAKER a 1 1 -2 <NA> <NA> ann", "hello"} {
		if _, err := rttm.Parse(strings.NewReader(text)); !errors.Is(err, rttm.ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestADetectorThatHearsNothingHasMissedAll(t *testing.T) {
	t.Parallel()
	var tally rttm.Tally
	tally.Add([]rttm.Span{{From: time.Second, To: 2 * time.Second}}, nil, 3*time.Second)
	if s := tally.Score(); s.Recall != 0 || s.F1 != 0 || s.Missed != 1 || s.Onsets != 1 {
		t.Errorf("%+v", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(labels)
	f.Add("SPEAKER a 1 1e9 1 <NA> <NA> ann")
	f.Fuzz(func(t *testing.T, text string) {
		segments, err := rttm.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		var last time.Duration
		for _, s := range rttm.Union(segments) {
			if s.From < last || s.To <= s.From {
				t.Fatalf("span %v after %v", s, last)
			}
			last = s.To
		}
	})
}
