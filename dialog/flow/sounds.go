package flow

import (
	"maps"

	"huike/dialog"
)

// soundAlone is what a mood counts that the voice shows and the words do not: less than
// one phrase of it, since people are loud for many reasons.
const soundAlone = 0.4

// sounding adds the moods that a voice shows to those of its words. A mood of the words
// is made more by the voice; the voice alone raises a score, and decides nothing.
func sounding(u dialog.Understanding, sounds map[string]float64) dialog.Understanding {
	if len(sounds) == 0 {
		return u
	}
	moods := make(map[string]float64, len(u.Moods)+len(sounds))
	maps.Copy(moods, u.Moods)
	for mood, score := range sounds {
		score = min(max(score, 0), 1)
		if said := moods[mood]; said > 0 {
			moods[mood] = said + (1-said)*score
		} else {
			moods[mood] = soundAlone * score
		}
	}
	u.Moods = moods
	return u
}
