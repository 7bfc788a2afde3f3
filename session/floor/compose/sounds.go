package compose

import (
	"slices"
	"strings"

	"huike/audio"
)

// The classes of a [Sound].
const (
	Listener = "listener" // "mm-hm", "okay": go on
	Noise    = "noise"    // a cough, laughter, "um"
	Words    = "words"    // the beginning of words that want the floor
)

// Sound is what is heard of a short sound, or of the beginning of a long one, after a
// moment: what an agent has to go by when it must say whether it is interrupted. 16 kHz
// mono.
type Sound struct {
	PCM   []int16
	Class string
	Voice string
}

// Sounds gives listeners' words, sounds without words, and beginnings of sentences to
// yield, in each of voices, at several lengths each. Sentences are those of the part and
// those that were given to the composer.
func (c *Composer) Sounds(voices []string, yield func(Sound) error) error {
	for _, voice := range voices {
		if err := c.soundsOf(voice, yield); err != nil {
			return err
		}
	}
	for _, p := range c.prompts {
		if err := c.cuts(Sound{trim(p.pcm), Words, "prompts"}, yield); err != nil {
			return err
		}
	}
	for _, who := range c.readers {
		for digit := range 10 {
			for _, pcm := range c.digits[who][digit] {
				if err := c.cuts(Sound{trim(pcm), Words, who}, yield); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// soundsOf gives the sounds of one voice.
func (c *Composer) soundsOf(voice string, yield func(Sound) error) error {
	sentences := slices.Clone(c.words.interruptions)
	for range 45 {
		sentences = append(sentences, pick(c, openings()))
	}
	for range min(25, len(c.wider)) {
		sentences = append(sentences, pick(c, c.wider))
	}
	hesitations := slices.Repeat(c.words.hesitations, 3)
	for _, said := range []struct {
		class string
		texts []string
	}{{Listener, listeners()}, {Noise, hesitations}, {Words, sentences}} {
		for _, text := range said.texts {
			if err := c.beginnings(voice, said.class, text, yield); err != nil {
				return err
			}
		}
	}
	for range 3 {
		for _, pcm := range [][]int16{c.cough(), c.laughter()} {
			if err := c.cuts(Sound{trim(pcm), Noise, voice}, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// beginnings has a text said, and gives what is heard of it.
func (c *Composer) beginnings(voice, class, text string, yield func(Sound) error) error {
	pcm, err := c.say(voice, 0.85+0.4*c.random.Float64(), text)
	if err != nil {
		return err
	}
	return c.cuts(Sound{trim(pcm), class, voice}, yield)
}

// What a recogniser is given of the quiet before a sound, and behind one that is over.
const (
	leadIn  = audio.Rate * 3 / 10
	leadOut = audio.Rate / 10
)

// cuts gives the sound after two or three moments, and the whole where it is short.
func (c *Composer) cuts(s Sound, yield func(Sound) error) error {
	all := len(s.PCM)
	s.PCM = append(append(make([]int16, leadIn), s.PCM...), make([]int16, leadOut)...)
	for _, span := range [][2]float64{{0.18, 0.26}, {0.26, 0.36}, {0.4, 1.2}} {
		n := int((span[0] + (span[1]-span[0])*c.random.Float64()) * audio.Rate)
		if n >= all {
			break
		}
		if err := yield(Sound{s.PCM[:leadIn+n], s.Class, s.Voice}); err != nil {
			return err
		}
	}
	if all > 3*audio.Rate/2 {
		return nil
	}
	return yield(s)
}

// listeners are what people say to show that they listen.
func listeners() []string {
	return strings.Split("okay|ok|okay okay|uh-huh|uh-huh uh-huh|mm-hm|mm-hmm|mm-hm|mm-hmm|mhm|yeah|yeah yeah|yep|yup|right|right right|sure|I see|"+
		"oh I see|got it|all right|alright then|great|good|fine|cool|okay sure|yeah okay|oh okay|ah okay|ah|oh|aha|of course|go on|sounds good|that's fine|I know", "|")
}

// openings begin as listeners' words do, or are short, and want the floor.
func openings() []string {
	return strings.Split("Yes.|Yes please.|No.|No, thank you.|No no no.|Nope.|Stop.|Stop it.|Wait.|Wait a minute.|Hold on.|Hold on a second.|Hello?|Hi.|Help.|Sorry.|Excuse me.|Pardon?|"+
		"What?|Why?|When?|Where?|How much?|Which one?|Who is that?|Never mind.|Cancel.|Cancel it.|Goodbye.|Thanks.|Thank you.|Repeat that.|Say that again.|Not that one.|"+
		"A person, please.|Operator.|Agent.|Human.|The red one.|On Friday.|Tomorrow.|Next week.|My order.|The number.|One.|Two.|Three.|Four.|Five.|Six.|Seven.|Eight.|Nine.|Zero.|"+
		"Okay stop, I have a question.|Okay but what about my order?|Right, but I wanted the other one.|Sure, but when will it come?|Yeah but that is not what I asked.|Yeah I want to talk to somebody.|"+
		"I said the other shop.|I see, but can you change it?|I seem to have lost it.|I need help with something else.|I want a refund.|I would like to cancel that.|All my orders are late.|All I want is my money.|"+
		"Got my parcel, but it is broken.|Great, and what about the other one?|Fine, give me a person.|Good morning, I have a question.|Oh no, that is wrong.|Oh wait, I forgot something.|Of what?|Um, can you say that again?|"+
		"Uh, no, I mean the blue one.|Actually, I changed my mind.|Can I ask something?|Could you repeat that?|Do you hear me?|Is that correct?|Let me think.|Let me ask you something.|Listen.|Look, I don't have time.|That's wrong.|"+
		"That is not mine.|Please stop.|Please speak slower.|I don't understand.|I can't hear you.|What did you say?|What was that?|When does it arrive?|Where is it?|How long does it take?|Are you a robot?|You are wrong.|Your price is too high.|Show me the others.|Shoes.|Short.|Green.|Go back.|Go away.|Gotcha, but no.", "|")
}
