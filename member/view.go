package member

import (
	"slices"
	"time"
)

// View is what one reader may see of a [Profile], for one purpose, with the
// member's consent. What is null or empty is unknown or withheld, and the reader
// cannot tell which. Lists are shared with other readers: read only.
type View struct {
	ID      ID            `json:"id"`
	Version int64         `json:"version"`
	Age     time.Duration `json:"age"`             // since the store was read
	Stale   bool          `json:"stale,omitempty"` // the store could not confirm it

	Consent []Grant `json:"consent,omitempty"`

	Name          *Name      `json:"name,omitempty"`
	Gender        *Gender    `json:"gender,omitempty"`
	Phone         string     `json:"phone,omitempty"` // "138****1234"
	BirthYear     *int       `json:"birth_year,omitempty"`
	Channel       *string    `json:"channel,omitempty"`
	FirstPurchase *time.Time `json:"first_purchase,omitempty"`
	Tier          *string    `json:"tier,omitempty"`
	Lang          *string    `json:"lang,omitempty"`
	Stage         *string    `json:"stage,omitempty"`
	Account       *Account   `json:"account,omitempty"`

	Points       *int64        `json:"points,omitempty"`
	LastPurchase *Purchase     `json:"last_purchase,omitempty"`
	Consumption  *Consumption  `json:"consumption,omitempty"`
	Preference   *Preference   `json:"preference,omitempty"`
	Interactions []Interaction `json:"interactions,omitempty"`
	Path         []Zone        `json:"path,omitempty"` // needs consent to location as well
	Complaint    *Complaint    `json:"complaint,omitempty"`
	Tags         []Tag         `json:"tags,omitempty"`

	Facts    []Fact    `json:"facts,omitempty"`
	Lacks    []string  `json:"lacks,omitempty"`    // fields that may be asked for and are not known, such as [FactBirthYear]
	Refusals []Refusal `json:"refusals,omitempty"` // what the member did not want to be asked, or offered
}

// Allows reports whether the member has consented to the purpose.
func (v View) Allows(purpose Purpose) bool { return allows(v.Consent, purpose) }

// Address returns how to speak to the member in lang, "张女士" or "Ms Zhang", or ""
// where the name is unknown or withheld: greet neutrally.
func (v View) Address(lang string) string {
	if v.Name == nil {
		return ""
	}
	return v.Name.Address(lang, v.Gender)
}

// HasTag reports whether the member carries a tag that the reader may see.
func (v View) HasTag(name string) bool {
	return slices.ContainsFunc(v.Tags, func(t Tag) bool { return t.Name == name })
}

// view filters the profile. It allocates nothing but the masked phone, which
// entries keep ready.
func (p *Profile) view(f fields, phone string, lacks []string) View {
	v := View{ID: p.ID, Version: p.Version, Consent: p.Consent}
	if f&fieldIdentity != 0 {
		v.Name, v.Gender, v.Phone = p.Basic.Name, p.Basic.Gender, phone
	}
	if f&fieldAttributes != 0 {
		v.Tier, v.Lang, v.Stage, v.Account = p.Basic.Tier, p.Basic.Lang, p.Basic.Stage, p.Basic.Account
	}
	if f&fieldPersonal != 0 {
		v.BirthYear, v.Channel, v.FirstPurchase = p.Basic.BirthYear, p.Basic.Channel, p.Basic.FirstPurchase
		v.Facts = p.Facts
	}
	if f&fieldPurchases != 0 {
		v.Points, v.LastPurchase = p.Points, p.Consumption.Purchase
	}
	if f&fieldHistory != 0 {
		v.Consumption, v.Interactions, v.Refusals = &p.Consumption, p.Interactions, p.Refusals
	}
	if f&fieldPreference != 0 {
		v.Preference, v.Tags, v.Lacks = &p.Preference, p.Tags, lacks // nobody is asked without consent to profiling
	}
	if f&fieldLocation != 0 {
		v.Path = p.Path
	}
	if f&fieldComplaint != 0 {
		v.Complaint = p.Complaint
	}
	return v
}

// Known reports whether the purpose is one that consent is asked for.
func (p Purpose) Known() bool {
	switch p {
	case PurposeService, PurposeMarketing, PurposeProfiling, PurposeRecording, PurposeVoice, PurposeModel, PurposeLocation:
		return true
	}
	return false
}
