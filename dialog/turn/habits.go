package turn

import "time"

// habits is what an engine has learned of its caller.
type habits struct {
	level   float32       // of the caller's turns, dBFS; 0 before the first
	ignored int           // far voices in silence since the caller's latest turn
	longer  time.Duration // how long the caller pauses in mid-turn, as a moving average
}

const (
	quietest = -90 // dBFS of no sound

	// A voice is faint when it is that many dB below the caller's own turns: another
	// person, or the caller turned away. Before the first turn it is one that no
	// telephone held to a mouth has.
	belowOwn    = 18
	farBelow    = 20  // in silence, where nothing but the level speaks against an answer
	belowAnyone = -45 // dBFS of the loudest 10 ms

	longestHabit = 700 * time.Millisecond // that a caller's habit adds to the patience
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

// faint tells whether sound of that level is not the caller speaking to the agent.
// Unknown levels are not.
func (h *habits) faint(level float32) bool {
	switch {
	case level <= quietest:
		return false
	case h.known():
		return level < h.level-belowOwn
	default:
		return level < belowAnyone
	}
}

// far tells whether sound of that level, in silence, is not for the agent. Who says
// such a thing twice is answered.
func (h *habits) far(level float32) bool {
	return h.known() && level > quietest && level < h.level-farBelow && h.ignored == 0
}

// spoke learns the level of one of the caller's turns.
func (h *habits) spoke(level float32) {
	h.ignored = 0
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
	if length < longestHabit*2 {
		h.longer += (length - h.longer) / 2
	}
}

// patience is a length of time, or a little more than this caller's own pauses.
func (h *habits) patience(usual time.Duration) time.Duration {
	return max(usual, min(h.longer*5/4, longestHabit))
}
