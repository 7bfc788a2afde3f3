package compose_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/session/floor"
	"huike/session/floor/compose"
)

// tones stands for a voice: a tone for each word, with silence between.
func tones(_ string, _ float64, text string) ([]int16, error) {
	var pcm []int16
	for n, r := range text {
		if r == ' ' {
			pcm = append(pcm, make([]int16, audio.Rate/12)...)
			continue
		}
		for i := range audio.Rate / 20 {
			pcm = append(pcm, int16(8000*math.Sin(float64(i)*(0.1+0.01*float64(n%7)))))
		}
	}
	return pcm, nil
}

func composer(seed uint64) *compose.Composer {
	c := compose.New(seed, false, tones)
	for digit := range 10 {
		pcm, _ := tones("", 1, "digit")
		c.Digit("ann", digit, pcm)
	}
	pcm, _ := tones("", 1, "Please hold the line")
	c.Prompt("Please hold the line", pcm)
	return c
}

// A composed call has at least two turns.
func Example() {
	call, err := composer(1).Call()
	turns := 0
	for _, l := range call.Labels.Labels {
		if l.Kind == floor.Turn {
			turns++
		}
	}
	fmt.Println(turns, err)
	// Output: 2 <nil>
}

func TestTheSameSeedMakesTheSameCalls(t *testing.T) {
	t.Parallel()
	a, b := composer(7), composer(7)
	for range 2 {
		one, err := a.Call()
		if err != nil {
			t.Fatal(err)
		}
		two, err := b.Call()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one.Labels, two.Labels); diff != "" || !slices.Equal(one.PCM, two.PCM) {
			t.Fatal("they differ", diff)
		}
	}
}

func TestPausesAreSilentAndInsideTheirTurns(t *testing.T) {
	t.Parallel()
	c := composer(3)
	for range 4 {
		call, err := c.Call()
		if err != nil {
			t.Fatal(err)
		}
		var turn floor.Label
		for _, l := range call.Labels.Labels {
			if l.Kind == floor.Turn || l.Kind == floor.Interruption {
				turn = l
			}
			if l.Kind == floor.Pause && (l.From < turn.From || l.To > turn.To) {
				t.Errorf("pause %v is not in turn %v", l.Span, turn.Span)
			}
			if l.To > audio.Duration(len(call.PCM), audio.Rate) {
				t.Errorf("%v ends after the recording", l)
			}
		}
	}
}
