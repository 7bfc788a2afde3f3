package session

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/member"
	"huike/session/journal"
)

// noted is what the call has shown of its caller and the member's record takes when
// it ends; the journal has it at once.
func (c *conversation) noted(events []flow.Event) {
	for _, e := range events {
		n := member.Note{
			Key: "call/" + c.caller.Call + "/" + strconv.Itoa(len(c.notes)), Call: c.caller.Call, At: c.caller.Day.Add(c.now),
		}
		switch name := e.Args["field"]; e.Name {
		case flow.EventAnswered:
			n.Fact = &member.Fact{Name: name, Kind: kindOf(name), Value: e.Args["value"], Source: e.Args["source"]}
		case flow.EventRefused:
			n.Refusal = &member.Refusal{Kind: member.RefusedQuestion, Name: name}
		case flow.EventDeclined:
			n.Refusal = &member.Refusal{Kind: member.RefusedOffer, Name: e.Args["offer"]}
		case flow.EventOffered:
			c.uses(member.PurposeMarketing)
		case flow.EventInterest:
			n.Interest = &member.Interest{Product: e.Args["product_id"]}
		}
		if n.Fact != nil && n.Fact.Value != "" || n.Refusal != nil || n.Interest != nil && n.Interest.Product != "" {
			c.notes = append(c.notes, n)
		}
		c.write(journal.Event{Type: journal.TypeNoted, Turn: c.asked, Noted: &journal.Noted{Name: e.Name, About: about(e)}})
	}
}

// about is what an event is about, without what the caller said.
func about(e flow.Event) string {
	for _, arg := range []string{"offer", "field", "product_id", "intent"} {
		if v := e.Args[arg]; v != "" {
			return v
		}
	}
	return ""
}

// kindOf is the type of a fact by its name.
func kindOf(name string) string {
	switch name {
	case member.FactBirthYear:
		return member.KindNumber
	case member.FactBirthday:
		return member.KindDate
	}
	return member.KindText
}

// related shows the caller's page what others often want next. It is text alone: the
// dialog says one of them where that is fit.
func (c *conversation) related(titles []string) {
	if len(titles) == 0 {
		return
	}
	sep := ", "
	if c.caller.Lang == dialog.Chinese {
		sep = "、"
	}
	var text []string
	for _, clause := range c.config.Wording.Say(c.caller.Lang, dialog.Act{Name: flow.RelatedShown, Args: map[string]string{"titles": strings.Join(titles, sep)}}, c.moment()) {
		text = append(text, clause.Written)
	}
	if len(text) > 0 {
		c.emit(journal.Event{Type: journal.TypeNotice, Text: strings.Join(text, " ")})
	}
}

// mayAsk are the fields of the profile that the caller may be asked for: not known,
// and not refused lately. Whoever has not agreed to profiling is asked nothing.
func mayAsk(v member.View, m flow.Manners, day time.Time) []string {
	var list []string
	for _, field := range v.Lacks {
		refused := func(r member.Refusal) bool {
			return r.Kind == member.RefusedQuestion && r.Name == field && rests(r, m.QuestionRest, day)
		}
		if v.Allows(member.PurposeProfiling) && !slices.ContainsFunc(v.Refusals, refused) {
			list = append(list, field)
		}
	}
	return list
}

// declined are the offers that the caller did not want lately. Who has not agreed to
// marketing gets none: that is [flow.Person.NoOffers].
func declined(v member.View, m flow.Manners, day time.Time) []string {
	var list []string
	for _, r := range v.Refusals {
		if r.Kind == member.RefusedOffer && rests(r, m.OfferRest, day) {
			list = append(list, r.Name)
		}
	}
	return list
}

// rests says whether a refusal is so fresh that nobody asks again.
func rests(r member.Refusal, days int, day time.Time) bool {
	return day.Sub(r.At) < time.Duration(days)*24*time.Hour
}
