package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/member"
	"huike/session/journal"
)

// patience is how long a call waits for those who work for it.
type patience struct {
	profile time.Duration // for the record of its caller, who is anonymous, or as known before, when it takes longer
	shop    time.Duration // for an operation, before the shop counts as not answering
	model   time.Duration // for a language model, before the flows answer without it
	voice   time.Duration // for each piece of a clause's sound
}

// usual is the patience of a live call.
func usual() patience {
	return patience{profile: 250 * time.Millisecond, shop: 8 * time.Second, voice: 5 * time.Second}
}

// endless is the patience of a replay, which must not depend on how busy the
// machine is.
func endless() patience { return patience{profile: time.Hour, shop: time.Hour, voice: time.Hour} }

// person is what the call knows of its caller.
type person struct {
	view  member.View
	known bool

	unproven bool   // found by two details that were said
	refill   string // the product that is about to run out
	voice    string // how the voice of the call compares with the member's: same, other, unsure; "" where that is not known
}

func (p person) id() member.ID { return p.view.ID }

// access is how this call reads the caller's record to serve the caller.
func (c *conversation) access() member.Access { return c.accessFor(member.PurposeService) }

func (c *conversation) accessFor(purpose member.Purpose) member.Access {
	return member.Access{Reader: "huike", Role: member.RoleRobot, Purpose: purpose, Call: c.caller.Call}
}

// uses has the trail told that what is known of the caller is used for something else
// than to serve them: by a read for that purpose.
func (c *conversation) uses(purpose member.Purpose) {
	if !c.person.known {
		return
	}
	id, access, patience := c.person.id(), c.accessFor(purpose), c.patience.profile
	c.worker.Go(func(ctx context.Context, _ func(event)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		_, _ = c.config.Members.Get(ctx, id, access) // a read that fails has its row, too
	})
}

// identify finds the member behind the number that the leg vouches for.
func (c *conversation) identify(ctx context.Context) {
	if c.caller.As == "" {
		return
	}
	handle, err := member.Phone(c.caller.As)
	if err != nil {
		c.stepDown("identity", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience.profile)
	defer cancel()
	view, err := c.config.Members.Find(ctx, handle, c.access())
	if err != nil {
		if !errors.Is(err, member.ErrUnknown) {
			c.stepDown("member", err)
		}
		return
	}
	c.know(view)
	c.foretell()
	if c.kept.recording != nil {
		c.uses(member.PurposeRecording)
	}
}

// know takes a view of the caller, and shows the card when it is new.
func (c *conversation) know(view member.View) {
	news := !c.person.known || view.Version != c.person.view.Version
	c.mayRecord(view)
	if c.person.view.ID != view.ID {
		c.person = person{}
	}
	c.person.view, c.person.known = view, true
	if !news {
		return
	}
	card := &journal.Member{Name: view.Address(string(c.caller.Lang)), Phone: view.Phone, Points: view.Points}
	if view.Tier != nil {
		card.Tier = cmp.Or(c.config.Flow.Tier(*view.Tier).Name[string(c.caller.Lang)], *view.Tier)
	}
	if view.LastPurchase != nil {
		card.LastPurchase = view.LastPurchase.Named(string(c.caller.Lang))
	}
	c.emit(journal.Event{Type: journal.TypeMember, Member: card})
}

// refreshed is the caller's record as it is at the beginning of a turn, and the
// turn that waits for it.
type refreshed struct {
	view member.View
	err  error
	in   flow.Input
	turn uint32 // the number of that turn
}

// refresh reads the caller's record again before a turn is answered, so that
// what another channel has just written is known.
func (c *conversation) refresh(in flow.Input) func(context.Context, func(event)) {
	id, access, known, patience, asked := c.person.view.ID, c.access(), c.person.known, c.patience.profile, c.asked
	return func(ctx context.Context, post func(event)) {
		ev := refreshed{in: in, turn: asked}
		if known {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			ev.view, ev.err = c.config.Members.Get(ctx, id, access)
		}
		post(ev)
	}
}

func (c *conversation) refreshed(ev refreshed) {
	switch {
	case errors.Is(ev.err, member.ErrUnknown): // erased meanwhile
		c.person = person{}
	case ev.err != nil:
		c.stepDown("member", ev.err)
	case c.person.known:
		c.know(ev.view)
	}
	if ev.turn != c.before.withdrawn {
		c.answer(ev.in)
	}
}

// toFlow is the caller as the dialog may speak of them.
func (c *conversation) toFlow() *flow.Person {
	v, lang, manners := c.person.view, string(c.caller.Lang), c.config.Flow.Manners()
	out := &flow.Person{
		Known: c.person.known, Unproven: c.person.unproven, Voice: c.person.voice, Address: v.Address(lang), Phone: v.Phone,
		Tags: tagNames(v.Tags), Ask: mayAsk(v, manners, c.caller.Day), Declined: declined(v, manners, c.caller.Day),
		NoOffers: c.person.known && !v.Allows(member.PurposeMarketing),
	}
	if v.Stage != nil {
		out.Stage = *v.Stage
	}
	if v.Account != nil {
		out.Account = string(*v.Account)
	}
	if v.Tier != nil {
		rights := c.rights(*v.Tier)
		out.Tier, out.Discount, out.Priority, out.Greeting = *v.Tier, rights.Discount, rights.Priority, rights.Greeting[lang]
	}
	if v.LastPurchase != nil {
		out.LastPurchase = v.LastPurchase.Named(lang)
		out.LastWhen = v.LastPurchase.At.Format(time.DateOnly)
	}
	if v.Allows(member.PurposeProfiling) {
		out.Refill = c.person.refill
	}
	return out
}

// rights are what a tier gives: by the shop's rules for tiers, or else by its flows.
func (c *conversation) rights(tier string) flow.Tier {
	if c.config.Rights != nil {
		if r, known := c.config.Rights(tier); known {
			return r
		}
	}
	return c.config.Flow.Tier(tier)
}

func tagNames(tags []member.Tag) []string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.Name
	}
	return names
}

// remember leaves the call in the member's history.
func (c *conversation) remember(ctx context.Context, d dialog.Disposition) error {
	if !c.person.known {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	c.contact.At, c.contact.Call, c.contact.Channel = c.caller.Day, c.caller.Call, cmp.Or(c.caller.Channel, "web")
	c.contact.Outcome, c.contact.Complaint = d.Code, c.contact.Complaint || c.passing.reason == dialog.ReasonComplaint
	err := c.config.Members.Record(ctx, c.person.id(), c.access(), c.contact)
	if len(c.notes) > 0 {
		err = errors.Join(err, c.config.Members.Note(ctx, c.person.id(), c.access(), c.notes))
	}
	return errors.Join(err, c.keepVoice(ctx)) // last, as it takes longest
}
