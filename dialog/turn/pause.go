package turn

import (
	"time"

	"huike/dialog"
)

// Tone is what the caller's latest speech sounds like, and how it ends: what
// audio/vad measures. A zero one says nothing.
type Tone struct {
	Pitch   float32 // median fundamental, in semitones over 50 Hz
	Voiced  float32 // share of the sound that is voiced
	End     float32 // pitch of the last 120 ms of voice, in semitones over Pitch
	Low     float32 // the same over the lowest tenth of the stretch
	Slope   float32 // of the pitch over the last 250 ms of voice, in semitones a second
	Fall    float32 // loudness of the last 150 ms, in dB over the mean of the stretch
	Fade    float32 // slope of the loudness there, in dB a second
	Last    float32 // length of the last stretch of voice, in seconds
	Unvoice float32 // sound behind the last voice, in seconds
	Bright  float32 // level above 1 kHz against all, in dB
	Level   float32 // mean level of the sound, in dBFS
	Length  float32 // of the sound, in seconds
}

// Pause is all that an [Engine] knows of a pause when it judges whether the caller's
// turn is over.
type Pause struct {
	At     time.Duration // call time of the caller's last sound
	Words  string        // of the turn so far
	Expect dialog.Expect // the answer that is due
	Tone   Tone
	Turn   time.Duration // from the turn's first sound to the pause
	Since  time.Duration // since the pause before, or the turn's first sound
	Pauses int           // before this one in the turn
	Longer time.Duration // how long the caller pauses in mid-turn, as a moving average
	Voice  Tone          // the caller's own usual tone, from the turns before; zero in the first

	Understood bool // the dialog could act on the words if they were all
}

// pause is the pause in progress.
func (e *Engine) pause() Pause {
	understood := e.config.Understood != nil && !e.failed && fold(e.words) != "" && e.config.Understood(e.words)
	return Pause{
		Understood: understood, At: e.ended, Words: e.words, Expect: e.due(), Tone: e.tone, Turn: e.ended - e.began, Since: e.ended - e.resumed,
		Pauses: e.pauses, Longer: e.habits.longer, Voice: e.habits.voice,
	}
}
