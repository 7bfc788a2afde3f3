package turn

import (
	_ "embed"
	"strings"
	"sync"
	"time"
)

// asksNothing tells whether the words of the turn so far are none that want the floor:
// a backchannel, a hesitation, or speech to somebody else.
func (e *Engine) asksNothing() bool {
	words := e.fresh(e.words)
	switch {
	case e.elsewhere(words), hesitation(words):
		return true
	case !Backchannel(words):
		return false
	default: // a yes is an answer where one is due, and nothing where none is
		return e.expect.Kind != "yesno" || listener(words)
	}
}

// elsewhere tells whether words are not for the agent: they say so, or they come from
// farther away than the caller does.
func (e *Engine) elsewhere(words string) bool {
	if aside(words) {
		return true
	}
	if e.sound == quiet {
		return e.habits.far(e.level, e.tone, e.expect.Kind != "" && e.expect.Kind != "open", e.config.Ducked, e.onset)
	}
	return e.faint()
}

// faint tells whether the sound of this turn is not the caller speaking to the agent.
func (e *Engine) faint() bool { return e.habits.faint(e.level, e.tone, e.config.Ducked) }

// The model of pauses, which huike eval turns --pauses fits.
//
//go:embed pauses.tsv
var pausesText string

var overModel = sync.OnceValue(func() *Over { //nolint:gochecknoglobals // a constant
	model, _ := ParseOver(pausesText) // a test reads it
	return model
})

// Likely tells whether the caller pauses after words that may well be the whole turn, so
// that an answer may be readied.
func (e *Engine) Likely() bool {
	return e.floor == pausing && e.known && !e.failed && !e.listening && judge(e.words, e.due()) != incomplete
}

// endpoint is when the pause in progress ends the turn.
func (e *Engine) endpoint() time.Duration {
	switch {
	case e.committed:
		return e.ended
	case e.manual:
		return Never
	}
	return e.ended + e.wait
}

// How likely a turn has to be over for each patience.
const (
	surely    = 0.70
	notSurely = 0.69
	probably  = 0.40
	hardly    = 0.20
	hopeless  = 0.10 // below, words that read as whole are none

	readsWhole = 0.80 // by the model of endings

	aSentence   = 0.18 // below, words are none by that model
	likelyWhole = 0.50

	understood = 30 // times as likely is it that a turn is over which the dialog can act on
	shortReply = 3  // words, at most, that are judged alone where a yes or no is due
)

// patience is how long the pause in progress must last to end the turn.
func (e *Engine) patience(p *Pause) time.Duration {
	words, judged := fold(p.Words), judge(p.Words, p.Expect)
	if p.Tone == (Tone{}) || numeric(words, p.Expect) || p.Expect.Kind == "yesno" && judged != incomplete && len(strings.Fields(words)) <= shortReply {
		return e.allows(judged) // numbers are counted, and a yes that is due is one in any voice
	}
	chance := e.chance(p)
	if open(words) {
		return e.config.Incomplete // whatever the voice says
	}
	if p.Understood && ending(words) >= likelyWhole {
		chance = max(chance, probably) // whatever the voice says
	}
	return e.graded(bounded(chance, words, strings.ContainsRune(",，、", lastRune(p.Words))))
}

// bounded is the chance that a turn is over with folded words, within what the words
// alone allow: what reads as whole, and a thing or a time by itself, may well be all;
// what the recogniser put a comma behind may well not be.
func bounded(chance float64, words string, comma bool) float64 {
	switch {
	case greeting(words), words == "": // who was not understood is told so soon
		return max(chance, probably)
	case comma:
		return min(chance, notSurely)
	case chance >= hopeless && ending(words) >= readsWhole, thing(words):
		return max(chance, probably)
	default:
		return chance
	}
}

// thing tells whether folded words are two to four that look like an answer by themselves:
// "the red one", "on Friday afternoon".
func thing(words string) bool {
	fields := strings.Fields(words)
	return len(fields) > 1 && shortAnswer(words) && fields[0] != "to"
}

// graded is the patience with a turn that is over with that probability.
func (e *Engine) graded(chance float64) time.Duration {
	switch {
	case chance >= surely:
		return e.config.Complete
	case chance >= probably:
		return e.habits.patience(e.config.Endpoint)
	case chance >= hardly:
		return e.config.Listing
	default:
		return e.config.Incomplete
	}
}

// chance is how likely the turn is over, by the voice, the words and what the dialog
// makes of them.
func (e *Engine) chance(p *Pause) float64 {
	chance := overModel().Chance(p)
	words := fold(p.Words)
	sentence := ending(words) >= aSentence || words != "" && shortAnswer(words)
	if !p.Understood || !sentence { // "I want to return" is a wish by itself, and no sentence
		return chance
	}
	odds := chance / (1 - chance) * understood
	return odds / (1 + odds)
}

// allows is the patience with words alone.
func (e *Engine) allows(judged completeness) time.Duration {
	switch judged {
	case complete:
		return e.config.Complete
	case incomplete:
		return e.config.Incomplete
	case listing:
		return e.config.Listing
	default:
		return e.habits.patience(e.config.Endpoint)
	}
}

// listener tells whether folded words say that their speaker listens, and are no yes.
func listener(text string) bool {
	switch strings.TrimSpace(fold(text)) {
	case "i see", "got it", "go on", "i know", "oh i see", "ah i see", "right i see":
		return true
	}
	return false
}
