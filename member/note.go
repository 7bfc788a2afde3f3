package member

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huike/member/audit"
)

// Fact is something that the shop was told of a member, with where it comes from.
type Fact struct {
	Name   string    `json:"name"`  // such as [FactBirthday]
	Kind   string    `json:"kind"`  // one of the Kind constants
	Value  string    `json:"value"` // of KindDate "2006-01-02"
	Source string    `json:"source"`
	At     time.Time `json:"at"`
}

// The kinds of a [Fact].
const (
	KindText   = "text"
	KindNumber = "number"
	KindDate   = "date"
)

// The facts that huike itself has a use for; a shop adds its own.
const (
	FactBirthday  = "birthday"   // KindDate
	FactBirthYear = "birth_year" // KindNumber
	FactPostcode  = "postcode"   // KindText
)

// Refusal is a question that a member did not want to answer, or an offer that he did
// not want.
type Refusal struct {
	Kind string    `json:"kind"` // one of the Refused constants
	Name string    `json:"name"` // the field's, or the offer's
	At   time.Time `json:"at"`
}

// The kinds of a [Refusal].
const (
	RefusedQuestion = "question"
	RefusedOffer    = "offer"
)

// Note is something that a conversation has shown of a member: exactly one of the
// three is set.
type Note struct {
	Key      string // names the note: the same key again writes nothing
	Call     string
	At       time.Time
	Fact     *Fact     // its At is the note's
	Refusal  *Refusal  // its At is the note's
	Interest *Interest // in something that the shop sells
}

// Interest is what a member asked about without buying it.
type Interest struct{ Product string }

// notes takes what conversations show of members: a [Store] that can keep it.
type notes interface {
	Note(ctx context.Context, id ID, notes []Note) (version int64, err error)
}

// Note keeps what a conversation has shown of a member. A store that keeps none is no
// error.
func (d *Directory) Note(ctx context.Context, id ID, access Access, list []Note) error {
	keeper, ok := d.store.(notes)
	if !ok || len(list) == 0 {
		return nil
	}
	row := access.row(time.Now(), id, audit.Record)
	if !access.writes() || access.narrow() { // who may see only some has other ways to write
		return d.deny(row)
	}
	if err := d.trace(row); err != nil {
		return err
	}
	version, err := keeper.Note(ctx, id, list)
	if err != nil {
		return d.miss(row, fmt.Errorf("note of member %s: %w", id, err))
	}
	d.Changed(ctx, id, version)
	return nil
}

// Fact returns the newest fact of a name.
func (p *Profile) Fact(name string) (Fact, bool) {
	i := slices.IndexFunc(p.Facts, func(f Fact) bool { return f.Name == name })
	if i < 0 {
		return Fact{}, false
	}
	return p.Facts[i], true
}

// Lacks names the fields that a conversation may ask for and that are not known.
func (p *Profile) Lacks() []string {
	var list []string
	for _, name := range [...]string{FactBirthYear, FactBirthday, FactPostcode} {
		if _, known := p.Fact(name); !known && (name != FactBirthYear || p.Basic.BirthYear == nil) {
			list = append(list, name)
		}
	}
	return list
}
