package session

import (
	"context"
	"slices"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/identify"
	"huike/member"
	"huike/session/journal"
)

// register finds the one member whose number and name it has.
type register struct{ *identify.Register }

func (r register) Identify(_ context.Context, _ dialog.Lang, answers identify.Answers) (identify.Decision, error) {
	return r.Weigh(answers), nil
}

func TestAnUnknownCallerIsFoundAndTheCallGoesOnAsTheirs(t *testing.T) {
	play(t, func(s *stage) {
		s.who.As = ""
		s.config.Identifier = register{identify.New([]identify.Record{
			{ID: "m_zhang_li", Code: zhang, First: "Li", Last: "Zhang"}, {ID: "m_nobody", Code: "13900009999", First: "Tom", Last: "Brown"},
		}, identify.Config{})}
	}, func(s *stage) {
		s.greeted()
		s.asks("How many points do I have?")
		s.asks("one three eight zero zero zero zero one two three four")
		s.asks("Li Zhang")
		s.waits(30*time.Second, "the points", func() bool { return slices.Contains(s.books.asked(), "points.balance") })
		s.asks("Turn my points into a coupon")
		s.waits(30*time.Second, "a person, since nobody said a birthday that fits", func() bool { return s.handoffs() != "" })
		if slices.Contains(s.books.asked(), "points.redeem") {
			t.Error("points were spent for somebody who is not known for sure")
		}
		cards := s.events(journal.TypeMember)
		if len(cards) == 0 || cards[0].Member.Phone != "138****1234" {
			t.Errorf("cards %v: want the member's", cards)
		}
	})
}

func TestWhatACallShowsOfItsMemberIsKept(t *testing.T) {
	var notes []member.Note
	play(t, func(s *stage) {
		s.config.Members = noting{s.people, &notes}
	}, func(s *stage) {
		s.greeted()
		s.asks("How much are the running shoes?")
		s.waits(30*time.Second, "the price", func() bool { return slices.Contains(s.books.asked(), "product.details") })
		s.waits(30*time.Second, "what else there is", func() bool { return len(s.events(journal.TypeNotice)) > 0 })
	})
	if len(notes) != 1 || notes[0].Interest == nil || notes[0].Interest.Product != "running-shoes" || notes[0].Call == "" {
		t.Errorf("notes %+v: want one interest", notes)
	}
}

// noting keeps the notes of a call.
type noting struct {
	Members
	notes *[]member.Note
}

func (n noting) Note(_ context.Context, _ member.ID, _ member.Access, notes []member.Note) error {
	*n.notes = append(*n.notes, notes...)
	return nil
}

func TestQuestionsAndOffersRestAfterARefusal(t *testing.T) {
	day := time.Date(2026, 5, 18, 10, 0, 0, 0, time.UTC)
	manners := house.flow.Manners()
	view := member.View{
		Consent: []member.Grant{{Purpose: member.PurposeProfiling, Given: true}},
		Lacks:   []string{member.FactBirthYear, member.FactPostcode},
		Refusals: []member.Refusal{
			{Kind: member.RefusedQuestion, Name: member.FactBirthYear, At: day.AddDate(0, 0, -29)},
			{Kind: member.RefusedQuestion, Name: member.FactPostcode, At: day.AddDate(0, 0, -31)},
			{Kind: member.RefusedOffer, Name: "reserve", At: day.AddDate(0, 0, -1)},
			{Kind: member.RefusedOffer, Name: "refill", At: day.AddDate(0, 0, -40)},
		},
	}
	if got := mayAsk(view, manners, day); !slices.Equal(got, []string{member.FactPostcode}) {
		t.Errorf("may ask %v", got)
	}
	if got := declined(view, manners, day); !slices.Equal(got, []string{"reserve"}) {
		t.Errorf("declined %v", got)
	}
	view.Consent = nil
	if got := mayAsk(view, manners, day); len(got) > 0 {
		t.Errorf("may ask %v of who has not agreed", got)
	}
}
