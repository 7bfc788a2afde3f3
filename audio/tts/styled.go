package tts

import (
	"math"
	"slices"
	"sync"
)

// mostStyled is how many styles of a voice keep a process that waits: a shop has a few.
const mostStyled = 16

// styles are a program's voices in other styles, made when they are first asked for.
type styles struct {
	mu   sync.Mutex
	made map[Style]Voice
	ends []func()
}

// get returns the voice in a style, made by produce unless it is there; end closes it.
// Beyond the first few, voices are not kept and have no spare process.
func (s *styles) get(style Style, produce func(spares int) (v Voice, end func())) Voice {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.made[style]; ok {
		return v
	}
	if len(s.made) >= mostStyled {
		v, _ := produce(0)
		return v
	}
	v, end := produce(1)
	if s.made == nil {
		s.made = make(map[Style]Voice)
	}
	s.made[style], s.ends = v, append(s.ends, end)
	return v
}

// close ends the processes of all that was made.
func (s *styles) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, end := range s.ends {
		end()
	}
	s.made, s.ends = nil, nil
}

// Styled implements [Styler]: pace, pitch and flite's own voices; manner it has none.
func (f *Flite) Styled(style Style) Voice {
	style.Manner = ""
	if style == (Style{}) {
		return f
	}
	return f.styles.get(style, func(spares int) (Voice, func()) {
		config := f.config
		if _, ok := fliteVoices()[style.Voice]; ok {
			config.Voice = style.Voice
		}
		config.Stretch /= style.pace()
		config.Pitch += style.pitch()
		config.Spares = spares
		v := newFlite(config, f.program.path, f.sound)
		return v, v.program.close
	})
}

// Styled implements [Styler]: pace, pitch and espeak-ng's variants, such as "f3";
// manner it has none.
func (e *Espeak) Styled(style Style) Voice {
	style.Manner = ""
	if style == (Style{}) {
		return e
	}
	return e.styles.get(style, func(spares int) (Voice, func()) {
		config := e.config
		if slices.Contains([]string{"f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7"}, style.Voice) {
			config.Voice += "+" + style.Voice
		}
		config.Words = int(math.Round(float64(config.Words) * style.pace()))
		// A step of its pitch is about a quarter of a semitone.
		config.Pitch = min(max(config.Pitch+int(math.Round(4*style.pitch())), 1), 99)
		config.Spares = spares
		v := newEspeak(config, e.program.path)
		return v, v.program.close
	})
}

// pace is the factor of a style's pace.
func (s Style) pace() float64 {
	if s.Pace == 0 {
		return 1
	}
	return min(max(s.Pace, 0.5), 2)
}

// pitch is a style's pitch in semitones.
func (s Style) pitch() float64 { return min(max(s.Pitch, -6), 6) }
