package session

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/audio/asr"
	voices "huike/audio/speaker"
	"huike/dialog/identify"
	"huike/member"
)

// ears hear one and the same voice.
type ears struct{ vector []float32 }

func (ears) Name() string                         { return "ears" }
func (ears) Thresholds() (match, another float64) { return 0.5, 0.1 }
func (e ears) Embed(pcm []int16) (voices.Print, error) {
	return voices.Print{Model: "ears", Vector: slices.Clone(e.vector), Speech: time.Duration(len(pcm)) * time.Second / 16000}, nil
}

// prints keeps voices in memory.
type prints struct {
	mu   sync.Mutex
	kept map[member.ID]member.Voiceprint
	old  bool // consents are known from an old copy alone when a print is asked for
}

func (p *prints) Voiceprint(_ context.Context, id member.ID, _ member.Access, _ string) (member.Voiceprint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.old {
		return member.Voiceprint{}, member.ErrVoiceConsentOld
	}
	v, there := p.kept[id]
	if !there {
		return v, member.ErrNoVoiceprint
	}
	return v, nil
}

func (p *prints) KeepVoiceprint(_ context.Context, id member.ID, _ member.Access, v member.Voiceprint) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept[id] = v
	return nil
}

// agreed are members who have agreed to being known by voice, or not.
type agreed struct {
	Members
	given bool
}

func (a agreed) said(v member.View, err error) (member.View, error) {
	v.Consent = append(slices.Clone(v.Consent), member.Grant{Purpose: member.PurposeVoice, Given: a.given})
	return v, err
}

func (a agreed) Find(ctx context.Context, h member.Handle, access member.Access) (member.View, error) {
	return a.said(a.Members.Find(ctx, h, access))
}

func (a agreed) Get(ctx context.Context, id member.ID, access member.Access) (member.View, error) {
	return a.said(a.Members.Get(ctx, id, access))
}

func lookup() register {
	return register{identify.New([]identify.Record{
		{ID: "m_zhang_li", Code: zhang, First: "Li", Last: "Zhang"}, {ID: "m_nobody", Code: "13900009999", First: "Tom", Last: "Brown"},
	}, identify.Config{})}
}

func printOf(x, y float32) member.Voiceprint {
	return member.Voiceprint{Model: "ears", Text: voices.Print{Model: "ears", Vector: []float32{x, y}, Speech: 15 * time.Second}.Text()}
}

func TestAVoiceIsKeptAtTheEndOfACallOfWhoHasAgreed(t *testing.T) {
	for name, given := range map[string]bool{"who has agreed": true, "who has not": false} {
		t.Run(name, func(t *testing.T) {
			p := &prints{kept: map[member.ID]member.Voiceprint{}}
			play(t, func(s *stage) {
				s.config.Members, s.config.Voices, s.config.Voiceprints = agreed{s.people, given}, ears{[]float32{1, 0}}, p
			}, func(s *stage) {
				s.greeted()
				for range 3 {
					s.answers(s.say(long(6*time.Second), "where is my order"), "where is my order")
				}
			})
			if v, there := p.kept["m_zhang_li"]; there != given || given && (v.Model != "ears" || v.Speech < voiceEnrol || v.Call == "") {
				t.Errorf("kept %t: %v", there, v)
			}
		})
	}
}

func TestAVoiceIsNotKeptWhereNobodyKnowsOfOne(t *testing.T) {
	p := &prints{kept: map[member.ID]member.Voiceprint{"m_zhang_li": printOf(0, 1)}, old: true}
	play(t, func(s *stage) {
		s.config.Members, s.config.Voices, s.config.Voiceprints = agreed{s.people, true}, ears{[]float32{1, 0}}, p
	}, func(s *stage) {
		s.greeted()
		for range 3 {
			s.answers(s.say(long(6*time.Second), "where is my order"), "where is my order")
		}
	})
	if got := p.kept["m_zhang_li"]; got.Text != printOf(0, 1).Text {
		t.Error("the print was replaced without being compared")
	}
}

func TestAnothersVoiceMakesTheCallerProveWhoTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		kept  member.Voiceprint
		other bool
	}{"another's": {printOf(0, 1), true}, "the member's": {printOf(1, 0), false}} {
		t.Run(name, func(t *testing.T) {
			p := &prints{kept: map[member.ID]member.Voiceprint{"m_zhang_li": c.kept}}
			play(t, func(s *stage) {
				s.config.Identifier = lookup()
				s.config.Members, s.config.Voices, s.config.Voiceprints = agreed{s.people, true}, ears{[]float32{1, 0}}, p
			}, func(s *stage) {
				s.greeted()
				s.answers(s.say(long(5*time.Second), "how many points do I have"), "how many points do I have")
				s.quiet()
				answer := s.asks("Turn my points into a coupon")
				if asked := strings.Contains(answer, "quite sure that it is you"); asked != c.other {
					t.Errorf("asked to prove who it is: %t; %s", asked, answer)
				}
				if slices.Contains(s.books.asked(), "points.redeem") {
					t.Error("points were spent without a yes")
				}
			})
		})
	}
}

func TestOneDetailAndTheVoiceAreEnoughToRead(t *testing.T) {
	p := &prints{kept: map[member.ID]member.Voiceprint{"m_zhang_li": printOf(1, 0)}}
	play(t, func(s *stage) {
		s.who.As = ""
		s.config.Members, s.config.Voices, s.config.Voiceprints = agreed{s.people, true}, ears{[]float32{1, 0}}, p
		s.config.Identifier = lookup()
	}, func(s *stage) {
		s.greeted()
		s.answers(s.say(long(5*time.Second), "How many points do I have?"), "How many points do I have?")
		s.asks("one three eight zero zero zero zero one two three four")
		s.waits(30*time.Second, "the points, without the name", func() bool { return slices.Contains(s.books.asked(), "points.balance") })
		s.asks("Turn my points into a coupon")
		s.quiet()
		if slices.Contains(s.books.asked(), "points.redeem") {
			t.Error("points were spent for a detail and a voice")
		}
	})
}

func TestACallGoesOnInTheLanguageOfItsFirstTurn(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		err   error
		want  string
	}{
		"that is recognised": {"我有多少积分", nil, "积分"},
		"that is not":        {"", asr.ErrNoRecognizer, "打字"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(s *stage) {
				s.recognizer.lang, s.recognizer.err = "zh", c.err
			}, func(s *stage) {
				s.greeted()
				if answer := s.asks(c.words); !strings.Contains(answer, c.want) {
					t.Errorf("answered %q", answer)
				}
			})
		})
	}
}
