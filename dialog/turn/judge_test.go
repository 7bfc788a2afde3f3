package turn

import (
	"testing"
	"time"
)

func TestWordsBoundWhatTheVoiceSays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, words string
		understood  bool
		voice       Tone
		least, most time.Duration
	}{
		{"a wish that is no sentence waits for its object", "I want to return", true, Tone{Level: -20, Voiced: .5}, 400 * time.Millisecond, 1200 * time.Millisecond},
		{"a whole wish does not wait long, whatever the voice", "Where is my order?", true, Tone{Level: -20, Voiced: .9, End: 6, Slope: 60, Fall: 8}, 0, 500 * time.Millisecond},
		{"a thing by itself may be all", "The red one.", false, Tone{Level: -20, Voiced: .9, End: 6, Slope: 60}, 0, 500 * time.Millisecond},
		{"a comma is no end", "Where is my order,", true, Tone{Level: -20, Voiced: .5, End: -6, Slope: -20, Fall: -15}, 500 * time.Millisecond, 1200 * time.Millisecond},
		{"a number is announced, as recognisers mishear it", "My order numbers.", false, Tone{Level: -20, Voiced: .5}, 800 * time.Millisecond, 1200 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := New(Config{})
			if got := e.patience(&Pause{Words: tt.words, Understood: tt.understood, Tone: tt.voice, Turn: 2 * time.Second, Since: 2 * time.Second}); got < tt.least || got > tt.most {
				t.Errorf("waits %v, want %v to %v", got, tt.least, tt.most)
			}
		})
	}
}
