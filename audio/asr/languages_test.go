package asr_test

import (
	"context"
	"errors"
	"testing"

	"huike/audio/asr"
)

// hears answers with its text.
type hears string

func (h hears) Recognize(context.Context, []int16, asr.Hint) (asr.Result, error) {
	return asr.Result{Text: string(h), Final: true}, nil
}

// speaks is the language of all sound; "broken" fails.
type speaks string

func (s speaks) Language(context.Context, []int16) (string, error) {
	if s == "broken" {
		return "", errors.New("broken for the test")
	}
	return string(s), nil
}

func TestTheFirstTurnIsHeardInTheLanguageThatIsSpoken(t *testing.T) {
	both := asr.Router{"en": hears("hello"), "zh": hears("你好")}
	english := asr.Router{"en": hears("hello")}
	for _, c := range []struct {
		name       string
		router     asr.Router
		spoken     speaks
		hint       asr.Hint
		text, lang string
		none       bool
	}{
		{"Mandarin in an English call", both, "zh", asr.Hint{Lang: "en", First: true}, "你好", "zh", false},
		{"English in a Mandarin call", both, "en", asr.Hint{Lang: "zh", First: true}, "hello", "en", false},
		{"English in a Mandarin call that nothing hears", english, "en", asr.Hint{Lang: "zh", First: true}, "hello", "en", false},
		{"Mandarin that nothing hears is told so in Mandarin", english, "zh", asr.Hint{Lang: "en", First: true}, "", "zh", true},
		{"the call's own", both, "en", asr.Hint{Lang: "en", First: true}, "hello", "", false},
		{"a language that the shop does not speak", both, "fr", asr.Hint{Lang: "en", First: true}, "hello", "", false},
		{"a later turn", both, "zh", asr.Hint{Lang: "en"}, "hello", "", false},
		{"a partial", both, "zh", asr.Hint{Lang: "en", First: true, Partial: true}, "hello", "", false},
		{"a detector that is broken", both, "broken", asr.Hint{Lang: "en", First: true}, "hello", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			pcm := make([]int16, 16000)
			for i := range pcm {
				pcm[i] = int16(i % 100 * 100)
			}
			d := asr.Detecting{Router: c.router, Languages: c.spoken, Speaks: []string{"zh", "en"}}
			got, err := d.Recognize(t.Context(), pcm, c.hint)
			if got.Text != c.text || got.Lang != c.lang || errors.Is(err, asr.ErrNoRecognizer) != c.none || err != nil && !c.none {
				t.Errorf("heard %q in %q, %v", got.Text, got.Lang, err)
			}
		})
	}
}
