package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"huike/audio"
	voices "huike/audio/speaker"
	"huike/member"
	"huike/session/journal"
)

// Voices tells how somebody sounds: audio/speaker's model, or a neural one.
type Voices interface {
	Name() string
	Embed(pcm []int16) (voices.Print, error)
	// Thresholds are the scores from which on two voices are one, and below which two.
	Thresholds() (match, another float64)
}

// Voiceprints keeps how members sound, of those who have agreed to it.
type Voiceprints interface {
	Voiceprint(ctx context.Context, id member.ID, access member.Access, model string) (member.Voiceprint, error)
	KeepVoiceprint(ctx context.Context, id member.ID, access member.Access, v member.Voiceprint) error
}

// What a voice is beside the one that is kept, as journals and flows have it.
const (
	voiceSame   = "same"
	voiceOther  = "other"
	voiceUnsure = "unsure"
	voiceKept   = "enrolled"
)

const (
	voiceFrom  = 3 * time.Second  // of the caller's turns, from which on a voice is compared
	voiceEnrol = 12 * time.Second // from which on it is kept
	voiceMost  = 30 * time.Second // of them that a print is made of
)

// voice is what a call has heard of its caller's voice.
type voice struct {
	latest   []int16 // of the turn that is being heard
	speech   []int16 // of the turns before
	compared int     // samples of speech that were compared last
	said     string  // what came of it; "" before
	enrolled bool    // the member has a print, or none can be kept
	proved   bool    // the caller has said three details: no voice makes them doubtful
}

// voiced is what came of comparing the caller's voice with the member's.
type voiced struct {
	id    member.ID
	said  string // "" where there is nothing to compare with
	score float64
	err   error
}

// hearVoice adds a turn to what was heard of the caller's voice, and compares it where
// the member has agreed to that, when there is half as much again as before.
func (c *conversation) hearVoice() {
	v := &c.voice
	if c.config.Voices == nil {
		return
	}
	room := audio.Samples(voiceMost, audio.Rate) - len(v.speech)
	v.speech = append(v.speech, v.latest[:min(len(v.latest), room)]...)
	v.latest = nil
	if !c.person.known || !c.person.view.Allows(member.PurposeVoice) ||
		len(v.speech) < audio.Samples(voiceFrom, audio.Rate) || 2*len(v.speech) < 3*v.compared {
		return
	}
	v.compared = len(v.speech)
	id, pcm := c.person.id(), slices.Clone(v.speech)
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, c.patience.profile)
		defer cancel()
		post(c.config.compare(ctx, id, c.access(), pcm))
	})
}

// compare holds a voice to a member's.
func (c *Config) compare(ctx context.Context, id member.ID, access member.Access, pcm []int16) voiced {
	out := voiced{id: id}
	text, err := c.Voiceprints.Voiceprint(ctx, id, access, c.Voices.Name())
	if err != nil {
		if !errors.Is(err, member.ErrNoVoiceprint) {
			out.err = err
		}
		return out
	}
	kept, err := voices.ParsePrint(text.Model, text.Text)
	if err != nil {
		out.err = err
		return out
	}
	heard, err := c.Voices.Embed(pcm)
	if errors.Is(err, voices.ErrShort) {
		return out
	}
	if err == nil {
		out.score, err = voices.Score(kept, heard)
	}
	if out.err = err; err != nil {
		return out
	}
	match, another := c.Voices.Thresholds()
	switch {
	case out.score >= match:
		out.said = voiceSame
	case out.score < another:
		out.said = voiceOther
	default:
		out.said = voiceUnsure
	}
	return out
}

// voiced takes what came of a comparison. It proves nobody: a voice that is another's
// makes a caller whom the line vouches for say who they are before anything is changed,
// and one that is the member's is for the flows and the person at the desk to know.
func (c *conversation) voiced(ev voiced) {
	if ev.err != nil {
		c.stepDown("voice", ev.err)
		return
	}
	if ev.said == "" || ev.id != c.person.id() {
		return
	}
	c.voice.said, c.voice.enrolled, c.person.voice = ev.said, true, ev.said
	if ev.said == voiceOther && !c.voice.proved {
		c.person.unproven = true
	}
	c.write(journal.Event{Type: journal.TypeVoice, Turn: c.asked, State: ev.said, Score: max(ev.score, 0)})
}

// soundsAs says whether the caller's voice speaks for a member who has said one detail:
// that is enough to read by, never to write.
func (c *Config) soundsAs(ctx context.Context, id member.ID, access member.Access, pcm []int16) bool {
	if c.Voices == nil || len(pcm) < audio.Samples(voiceFrom, audio.Rate) {
		return false
	}
	v := c.compare(ctx, id, access, pcm)
	return v.err == nil && v.said == voiceSame
}

// keepVoice keeps how the member sounds, at the end of a call in which enough was heard
// of a caller who is known for sure and has agreed to it, and who has no print yet.
func (c *conversation) keepVoice(ctx context.Context) error {
	v := &c.voice
	if c.config.Voices == nil || v.enrolled || !c.person.known || c.person.unproven || c.passing.taken ||
		!c.person.view.Allows(member.PurposeVoice) || len(v.speech) < audio.Samples(voiceEnrol, audio.Rate) {
		return nil
	}
	name := c.config.Voices.Name()
	_, err := c.config.Voiceprints.Voiceprint(ctx, c.person.id(), c.access(), name)
	if !errors.Is(err, member.ErrNoVoiceprint) {
		return err // there is one, or nobody knows
	}
	p, err := c.config.Voices.Embed(v.speech)
	if errors.Is(err, voices.ErrShort) {
		return nil
	}
	if err == nil {
		err = c.config.Voiceprints.KeepVoiceprint(ctx, c.person.id(), c.access(), member.Voiceprint{
			Model: name, Text: p.Text(), Speech: p.Speech, Call: c.caller.Call, At: c.caller.Day,
		})
	}
	if errors.Is(err, member.ErrNoVoiceprint) || errors.Is(err, member.ErrVoiceprintKept) { // the word was taken back meanwhile, or another call was first
		return nil
	}
	if err == nil {
		c.write(journal.Event{Type: journal.TypeVoice, State: voiceKept})
	}
	return err
}
