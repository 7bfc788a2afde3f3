package turn

import "time"

// habits is what an engine has learned of its caller.
type habits struct {
	level   float32       // of the caller's turns, dBFS; 0 before the first
	ignored time.Duration // when a far voice was last ignored in silence, since the caller's latest turn; 0 for never
	voice   Tone          // of the caller's turns, as a moving average
	longer  time.Duration // how long the caller pauses in mid-turn, as a moving average
}

const (
	quietest = -90 // dBFS of no sound

	// A voice is faint when it is that many dB below the caller's own turns: another
	// person, or the caller turned away. Peaks are those of 10 ms, means those of all the
	// sound. Before the first turn it is one that no telephone held to a mouth has.
	peakBelow   = 8
	meanBelow   = 7
	muchBelow   = 12  // in silence, where an answer is due
	anyonesPeak = -28 // dBFS
	anyonesMean = -33
	duckedBelow = 18 // dB, of a caller whose device makes them fainter while the agent speaks
	duckedPeak  = -45

	again = 2500 * time.Millisecond // after words that were ignored, others are said for the second time

	longestPause = 1400 * time.Millisecond // that tells of a habit
	longestHabit = 550 * time.Millisecond  // of the patience by a caller's habit: 700 made 4 % of the answers late and saved 0.5 % of the turns from being cut off
)

// loud is a level, or that of no sound where it is unknown.
func loud(level float32) float32 {
	if level == 0 {
		return quietest
	}
	return level
}

// known tells whether the caller has spoken.
func (h *habits) known() bool { return h.level != 0 }

// faint tells whether sound of that level and tone is not the caller speaking to the
// agent, who speaks. Unknown levels are not. ducked callers are fainter then.
func (h *habits) faint(level float32, tone Tone, ducked bool) bool {
	switch {
	case level <= quietest:
		return false
	case ducked && h.known():
		return level < h.level-duckedBelow
	case ducked:
		return level < duckedPeak
	case tone.Level < 0 && h.voice.Level < 0:
		return tone.Level < h.voice.Level-meanBelow
	case tone.Level < 0:
		return tone.Level < anyonesMean
	case h.known():
		return level < h.level-peakBelow
	default:
		return level < anyonesPeak
	}
}

// far tells whether sound of that level and tone, in silence, is not for the agent: it
// has to be fainter where an answer is due. Who says such a thing twice is answered.
func (h *habits) far(level float32, tone Tone, due, ducked bool, began time.Duration) bool {
	if !h.known() || level <= quietest || h.ignored > 0 && began > h.ignored+again {
		return false
	}
	if ducked {
		return level < h.level-duckedBelow
	}
	if tone.Level < 0 && h.voice.Level < 0 && !due {
		return tone.Level < h.voice.Level-meanBelow
	}
	return level < h.level-muchBelow
}

// spoke learns the level and the tone of one of the caller's turns.
func (h *habits) spoke(level float32, tone Tone) {
	h.ignored = 0
	if tone != (Tone{}) {
		h.learn(tone)
	}
	switch {
	case level <= quietest:
	case !h.known():
		h.level = level
	default:
		h.level += 0.3 * (level - h.level)
	}
}

// paused learns of a pause in the middle of a turn.
func (h *habits) paused(length time.Duration) {
	if length < longestPause {
		h.longer += (length - h.longer) / 2
	}
}

// patience is a length of time, or a little more than this caller's own pauses.
func (h *habits) patience(usual time.Duration) time.Duration {
	return max(usual, min(h.longer*5/4, longestHabit))
}

// learn follows the caller's tone.
func (h *habits) learn(tone Tone) {
	if h.voice == (Tone{}) {
		h.voice = tone
		return
	}
	follow := func(own *float32, heard float32) { *own += 0.3 * (heard - *own) }
	h.voice.Level = max(tone.Level, h.voice.Level+0.3*(tone.Level-h.voice.Level)) // who is near is the caller
	follow(&h.voice.Bright, tone.Bright)
	if tone.Pitch > 0 {
		follow(&h.voice.Pitch, tone.Pitch)
	}
}
