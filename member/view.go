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

	Points       *int64        `json:"points,omitempty"`
	LastPurchase *Purchase     `json:"last_purchase,omitempty"`
	Consumption  *Consumption  `json:"consumption,omitempty"`
	Preference   *Preference   `json:"preference,omitempty"`
	Interactions []Interaction `json:"interactions,omitempty"`
	Path         []Zone        `json:"path,omitempty"` // needs consent to location as well
	Complaint    *Complaint    `json:"complaint,omitempty"`
	Tags         []Tag         `json:"tags,omitempty"`
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

// fields is a set of the field groups that rights are given for.
type fields uint8

const (
	fieldIdentity   fields = 1 << iota // name, gender, phone
	fieldAttributes                    // tier, language
	fieldPersonal                      // year of birth, channel, first purchase
	fieldPurchases                     // points, last purchase
	fieldHistory                       // consumption, interactions
	fieldPreference                    // preferences, tags
	fieldComplaint
	fieldAll fields = 1<<iota - 1
)

// String names the groups as the audit row has them.
func (f fields) String() string {
	names := [...]string{"identity", "attributes", "personal", "purchases", "history", "preference", "complaint"}
	text := ""
	for i, name := range names {
		if f&(1<<i) == 0 {
			continue
		}
		if text != "" {
			text += ","
		}
		text += name
	}
	if text == "" {
		return "consent"
	}
	return text
}

// known reports whether the role exists at all: everything else is denied.
func (r Role) known() bool {
	switch r {
	case RoleRobot, RoleCaller, RoleAgent, RoleSupervisor, RoleAnalyst, RoleSystem:
		return true
	}
	return false
}

// sees returns what a role may see of anybody.
func (r Role) sees() fields {
	switch r {
	case RoleRobot:
		return fieldAll &^ fieldPersonal
	case RoleCaller:
		return fieldIdentity | fieldAttributes | fieldPurchases
	case RoleAgent, RoleSupervisor:
		return fieldAll
	case RoleAnalyst:
		return fieldAttributes | fieldPurchases | fieldHistory | fieldPreference
	case RoleSystem:
		return 0
	}
	return 0
}

// needs returns what a purpose has any use for.
func (p Purpose) needs() fields {
	switch p {
	case PurposeService:
		return fieldAll
	case PurposeMarketing:
		return fieldAll &^ fieldPersonal
	case PurposeProfiling:
		return fieldAttributes | fieldPersonal | fieldPurchases | fieldHistory | fieldPreference
	case PurposeRecording, PurposeVoice, PurposeLocation:
		return 0
	}
	return 0
}

// allowed returns what this access may read: what the role may see and the purpose
// needs, if the member has consented to that purpose. What was derived about the
// person is read only with consent to profiling as well.
func allowed(grants []Grant, a Access) fields {
	if !allows(grants, a.Purpose) {
		return 0
	}
	f := a.Role.sees() & a.Purpose.needs()
	if !allows(grants, PurposeProfiling) {
		f &^= fieldPreference
	}
	return f
}

// view filters the profile. It allocates nothing but the masked phone, which
// entries keep ready.
func (p *Profile) view(f fields, phone string) View {
	v := View{ID: p.ID, Version: p.Version, Consent: p.Consent}
	if f&fieldIdentity != 0 {
		v.Name, v.Gender, v.Phone = p.Basic.Name, p.Basic.Gender, phone
	}
	if f&fieldAttributes != 0 {
		v.Tier, v.Lang = p.Basic.Tier, p.Basic.Lang
	}
	if f&fieldPersonal != 0 {
		v.BirthYear, v.Channel, v.FirstPurchase = p.Basic.BirthYear, p.Basic.Channel, p.Basic.FirstPurchase
	}
	if f&fieldPurchases != 0 {
		v.Points, v.LastPurchase = p.Points, p.Consumption.Purchase
	}
	if f&fieldHistory != 0 {
		v.Consumption, v.Interactions = &p.Consumption, p.Interactions
	}
	if f&fieldPreference != 0 {
		v.Preference, v.Tags = &p.Preference, p.Tags
		if allows(p.Consent, PurposeLocation) {
			v.Path = p.Path
		}
	}
	if f&fieldComplaint != 0 {
		v.Complaint = p.Complaint
	}
	return v
}

// Known reports whether the purpose is one that consent is asked for.
func (p Purpose) Known() bool {
	switch p {
	case PurposeService, PurposeMarketing, PurposeProfiling, PurposeRecording, PurposeVoice, PurposeLocation:
		return true
	}
	return false
}
