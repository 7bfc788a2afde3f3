package tts

// Style is how something is said, beside a voice's own way. The zero value is that way.
type Style struct {
	Voice  string  // another voice of the same engine, as it names them; "" means its own
	Pace   float64 // 1.2 is faster by a fifth; 0 means 1; from 0.5 to 2
	Pitch  float64 // semitones above the voice's own; from -6 to 6
	Manner string  // such as "cheerful", as the engine names it; a server may be told in a sentence
}

// A Styler is a [Voice] that can speak in more ways than one. Of a Style it takes what
// it has, and is neutral in the rest.
type Styler interface {
	// Styled returns the voice in that style. It shares what it holds with its Voice,
	// which alone is closed.
	Styled(style Style) Voice
}

// styled returns v in a style, as far as it has it.
func styled(v Voice, style Style) Voice {
	if s, ok := v.(Styler); ok && style != (Style{}) {
		return s.Styled(style)
	}
	return v
}
