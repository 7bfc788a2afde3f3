package asr

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huike/audio"
)

func TestAPartialIsADraftThatChangesNothing(t *testing.T) {
	m := openMoonshine(t)
	pcm := slices.Concat(read(t, "testdata/cannot-complete-as-dialed.wav"), read(t, "testdata/vm-sorry.wav"))
	alone, err := m.Recognize(t.Context(), pcm, Hint{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	stable := ""
	for at := audio.Rate / 2; at < len(pcm); at += audio.Rate {
		got, err := m.Recognize(t.Context(), pcm[:at], Hint{Turn: "1", Partial: true})
		if err != nil || got.Final {
			t.Fatalf("%+v, %v", got, err)
		}
		if !strings.HasPrefix(got.Text, stable) {
			t.Errorf("%q does not begin with %q, which was said to be stable", got.Text, stable)
		}
		stable = got.Text[:got.Stable]
	}
	if len(stable) < 10 {
		t.Errorf("only %q was ever stable", stable)
	}
	ended, err := m.Recognize(t.Context(), pcm, Hint{Turn: "1"})
	if err != nil || fold(ended.Text) != fold(alone.Text) || ended.Confidence < 0.9*alone.Confidence {
		t.Errorf("with partials before it %+v, alone %+v, %v", ended, alone, err)
	}
	for i := range 2 * mostTurns {
		m.remember(memory{turn: "of others " + strconv.Itoa(i)})
	}
	if len(m.turns) != mostTurns {
		t.Errorf("%d turns are remembered, want %d", len(m.turns), mostTurns)
	}
}

func TestAWrongDraftIsForgotten(t *testing.T) {
	m := openMoonshine(t)
	want, err := m.Recognize(t.Context(), read(t, "testdata/vm-sorry.wav"), Hint{})
	if err != nil {
		t.Fatal(err)
	}
	for name, draft := range map[string][]int64{
		"other words":     m.ranks.tokens("thank you for your patience, sir"),
		"half right":      m.ranks.tokens("I'm sorry, I did not see the house"),
		"too many":        slices.Repeat(m.ranks.tokens("I'm sorry"), 40),
		"it begins right": {29902, 29915},
	} {
		m.remember(memory{turn: "2", pieces: []piece{{said: draft}}})
		got, err := m.Recognize(t.Context(), read(t, "testdata/vm-sorry.wav"), Hint{Turn: "2"})
		if err != nil || fold(got.Text) != fold(want.Text) {
			t.Errorf("%s: %q, %v, want %q", name, got.Text, err, want.Text)
		}
	}
}

func TestAlternativesHaveScores(t *testing.T) {
	m := openMoonshine(t)
	r := rand.New(rand.NewPCG(3, 3))
	n := 0
	for _, file := range []string{"vm-sorry.wav", "queue-thankyou.wav", "cannot-complete-as-dialed.wav"} {
		pcm := read(t, filepath.Join("testdata", file))
		for i := range pcm {
			pcm[i] += int16(r.NormFloat64() * 1200)
		}
		got, err := m.Recognize(t.Context(), pcm, Hint{})
		if err != nil || len(got.Scores) != len(got.Alternatives) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, text := range got.Alternatives {
			n++
			if got.Scores[i] <= 0 || got.Scores[i] > 1 || fold(text) == fold(got.Text) {
				t.Errorf("%q (%.2f) beside %q (%.2f)", text, got.Scores[i], got.Text, got.Confidence)
			}
		}
	}
	if n == 0 {
		t.Error("of three sentences in noise no other reading is told")
	}
}

func TestANameThatMayBeSaidIsHeard(t *testing.T) {
	m := openMoonshine(t)
	pcm := read(t, "testdata/queue-thankyou.wav") // "Thank you for your patience."
	plain, err := m.Recognize(t.Context(), pcm, Hint{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Recognize(t.Context(), pcm, Hint{Words: []string{"patients", "Aurora Trail"}})
	heard := append([]string{got.Text}, got.Alternatives...)
	for i := range heard {
		heard[i] = fold(heard[i])
	}
	if err != nil || fold(plain.Text) != "thank you for your patience" || !slices.Contains(heard, "thank you for your patients") ||
		!slices.Contains(heard, "thank you for your patience") {
		t.Errorf("%q, and with a name that sounds the same %q, %v", plain.Text, heard, err)
	}
	other, err := m.Recognize(t.Context(), read(t, "testdata/vm-sorry.wav"), Hint{Words: []string{"Aurora Trail", "Ming", "Windrunner"}})
	if err != nil || fold(other.Text) != "i'm sorry i did not understand your response" {
		t.Errorf("names that were not said: %q, %v", other.Text, err)
	}
}

func TestWordsInTokens(t *testing.T) {
	m := openMoonshine(t)
	for _, text := range []string{"your call cannot be completed", "Aurora Trail", "order", "I'm sorry"} {
		tokens := m.ranks.tokens(text)
		if got := m.vocabulary.text(tokens); got != text || len(tokens) > 2*len(strings.Fields(text))+2 {
			t.Errorf("%q is %d tokens, %v, which are %q", text, len(tokens), tokens, got)
		}
	}
	if got := m.ranks.tokens("会客☃"); got != nil {
		t.Errorf("letters that no token has: %v", got)
	}
}
