package tts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"

	"github.com/goccy/go-yaml"

	"huike/audio"
	"huike/audio/playout"
)

// Delivery is how a shop wants to be heard, by language: its own style, and others for
// scenes. It is data, and must not be changed once in use.
type Delivery map[string]Manner

// Manner is a shop's style in one language.
type Manner struct {
	Voice  string  `yaml:"voice"`  // of the engine; one that it has not is its own
	Pace   float64 `yaml:"pace"`   // 1.1 is faster by a tenth; 0 means 1
	Pitch  float64 `yaml:"pitch"`  // semitones above the voice's own
	Manner string  `yaml:"manner"` // for engines that have any
	Scenes []Scene `yaml:"scenes"` // the first whose acts hold the one that is said
}

// Scene is how some acts are said; what it leaves out is the shop's.
type Scene struct {
	Acts   []string `yaml:"acts"` // names, or patterns such as "complaint.*"
	Voice  string   `yaml:"voice"`
	Pace   float64  `yaml:"pace"`
	Pitch  *float64 `yaml:"pitch"`
	Manner string   `yaml:"manner"`
}

// ReadDelivery reads a Delivery as YAML, and names what cannot be right.
func ReadDelivery(data []byte) (Delivery, error) {
	d := Delivery{}
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&d)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	for _, lang := range slices.Sorted(maps.Keys(d)) {
		m := d[lang]
		if err := inRange(lang, m.Pace, m.Pitch); err != nil {
			return nil, err
		}
		for i, s := range m.Scenes {
			at := fmt.Sprintf("%s, scene %d", lang, i+1)
			if len(s.Acts) == 0 {
				return nil, fmt.Errorf("%s: no acts: name one, such as \"apology\" or \"order.*\"", at)
			}
			for _, act := range s.Acts {
				if _, err := path.Match(act, ""); err != nil {
					return nil, fmt.Errorf("%s: act %q: %w", at, act, err)
				}
			}
			pitch := 0.0
			if s.Pitch != nil {
				pitch = *s.Pitch
			}
			if err := inRange(at, s.Pace, pitch); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func inRange(at string, pace, pitch float64) error {
	if pace != 0 && !(pace >= 0.5 && pace <= 2) {
		return fmt.Errorf("%s: pace %v: want 0.5 to 2", at, pace)
	}
	if !(pitch >= -6 && pitch <= 6) {
		return fmt.Errorf("%s: pitch %v: want -6 to 6 semitones", at, pitch)
	}
	return nil
}

// Style is how an act is said in a language.
func (d Delivery) Style(lang, act string) Style {
	m := d[lang]
	style := Style{Voice: m.Voice, Pace: m.Pace, Pitch: m.Pitch, Manner: m.Manner}
	for _, s := range m.Scenes {
		if !slices.ContainsFunc(s.Acts, func(p string) bool { ok, err := path.Match(p, act); return ok && err == nil }) {
			continue
		}
		if s.Voice != "" {
			style.Voice = s.Voice
		}
		if s.Pace != 0 {
			style.Pace = s.Pace
		}
		if s.Pitch != nil {
			style.Pitch = *s.Pitch
		}
		if s.Manner != "" {
			style.Manner = s.Manner
		}
		break
	}
	if style.Pace == 1 {
		style.Pace = 0
	}
	return style
}

// Delivered is a [Speaker] that speaks as a shop wants.
type Delivered struct {
	*Speaker
	Delivery Delivery
}

// Say is [Speaker.Say] in the style of the act.
func (d Delivered) Say(
	ctx context.Context, saying Saying, format audio.Format, emit func([]playout.Item) error,
) error {
	if saying.Style == (Style{}) {
		saying.Style = d.Delivery.Style(saying.Lang, saying.Act)
	}
	return d.Speaker.Say(ctx, saying, format, emit)
}

// Play is [Speaker.Play] in the shop's own style.
func (d Delivered) Play(
	ctx context.Context, lang, spoken string, format audio.Format, emit func([]playout.Item) error,
) error {
	return d.Say(ctx, Saying{Lang: lang, Text: spoken}, format, emit)
}

// Warm is [Speaker.Warm] in the shop's own style.
func (d Delivered) Warm(ctx context.Context, lang string, texts ...string) error {
	return d.warm(ctx, lang, d.Delivery.Style(lang, ""), texts...)
}
