package tts_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/tts"
)

const shopVoice = `
en:
  voice: rms
  pace: 1.1
  pitch: -1
  scenes:
    - {acts: [apology, "complaint.*"], pace: 0.9, pitch: 0, manner: gentle}
    - {acts: ["*"], voice: awb}
zh: {pace: 0.95}
`

func TestAnActIsSaidInItsScene(t *testing.T) {
	d, err := tts.ReadDelivery([]byte(shopVoice))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang, act string
		want      tts.Style
	}{
		{"en", "complaint.taken", tts.Style{Voice: "rms", Pace: 0.9, Manner: "gentle"}},
		{"en", "greet", tts.Style{Voice: "awb", Pace: 1.1, Pitch: -1}},
		{"zh", "apology", tts.Style{Pace: 0.95}},
		{"fr", "greet", tts.Style{}},
	} {
		if got := d.Style(c.lang, c.act); got != c.want {
			t.Errorf("%s in %s: %+v, want %+v", c.act, c.lang, got, c.want)
		}
	}
}

func TestWhatCannotBeSaidIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"en: {pace: 3}":                          "en: pace 3: want 0.5 to 2",
		"en: {pitch: .nan}":                      "pitch NaN",
		"en: {speed: 1}":                         "speed",
		"en: {scenes: [{pace: 1}]}":              "en, scene 1: no acts",
		"zh: {scenes: [{acts: [\"[\"]}]}":        "act \"[\"",
		"zh: {scenes: [{acts: [a], pitch: -9}]}": "zh, scene 1: pitch -9",
	} {
		if _, err := tts.ReadDelivery([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// styler is a voice that knows pace alone.
type styler struct {
	tts.Stub
	pace float64
	said *[]string
}

func (s styler) String() string { return "styler" + strings.Repeat("+", int(s.pace*10)) }

func (s styler) Styled(style tts.Style) tts.Voice {
	s.pace = style.Pace
	return s
}

func (s styler) Synthesize(ctx context.Context, text string) ([]int16, error) {
	*s.said = append(*s.said, s.String())
	return s.Stub.Synthesize(ctx, text)
}

func TestAVoiceIsNeutralInWhatItHasNot(t *testing.T) {
	var said []string
	d, err := tts.ReadDelivery([]byte(shopVoice))
	if err != nil {
		t.Fatal(err)
	}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": styler{said: &said}, "zh": tts.Stub{}}})
	shop := tts.Delivered{Speaker: s, Delivery: d}
	quiet := func([]playout.Item) error { return nil }
	for _, act := range []string{"greet", "apology", "greet"} {
		if err := shop.Say(t.Context(), tts.Saying{Lang: "en", Text: "Hello.", Act: act}, codec.PCMU, quiet); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"styler" + strings.Repeat("+", 11), "styler" + strings.Repeat("+", 9)}; !cmp.Equal(said, want) {
		t.Errorf("said as %q, want %q: each style once", said, want)
	}
	if err := shop.Play(t.Context(), "zh", "您好。", codec.PCMU, quiet); err != nil {
		t.Errorf("a voice without styles: %v", err)
	}
}

func TestFliteSpeaksInStyles(t *testing.T) {
	f, err := tts.OpenFlite(t.Context(), tts.FliteConfig{})
	if err != nil {
		t.Skip(err) // says what to install
	}
	defer f.Close()
	lengths := map[string]int{}
	for name, style := range map[string]tts.Style{"own": {}, "fast": {Pace: 1.5}, "high": {Pitch: 4}, "other": {Voice: "rms", Manner: "gentle"}} {
		v := f.Styled(style)
		pcm, err := v.Synthesize(t.Context(), "Your parcel is on its way.")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lengths[name] = len(pcm)
		if v != f.Styled(style) {
			t.Errorf("%s is opened again each time", name)
		}
		if (v.String() == f.String()) != (name == "own") {
			t.Errorf("%s is named %s", name, v)
		}
	}
	if r := float64(lengths["fast"]) / float64(lengths["own"]); r < 0.6 || r > 0.75 {
		t.Errorf("half again as fast takes %.2f of the time", r)
	}
	if r := float64(lengths["high"]) / float64(lengths["own"]); r < 0.95 || r > 1.05 {
		t.Errorf("another pitch takes %.2f of the time", r)
	}
}

func FuzzReadDelivery(f *testing.F) {
	f.Add([]byte(shopVoice))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if d, err := tts.ReadDelivery(data); err == nil {
			d.Style("en", "greet")
		}
	})
}
