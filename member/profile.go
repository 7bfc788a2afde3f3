package member

import (
	"maps"
	"slices"
	"time"
)

// Profile is everything that the shop knows of one person: the four kinds of data,
// consent and tags. What is unknown is null, and is never spoken. A Profile that a
// [Directory] holds is shared and read only.
type Profile struct {
	ID      ID        `json:"id"`
	Version int64     `json:"version"` // grows with every change, of any part
	Updated time.Time `json:"updated"`

	Handles      []Handle      `json:"handles,omitempty"`
	Basic        Basic         `json:"basic"`        // A1
	Consumption  Consumption   `json:"consumption"`  // A2; derived, Save ignores it
	Preference   Preference    `json:"preference"`   // A3; derived, Save ignores it
	Path         []Zone        `json:"path"`         // A4; where the member stayed longest, 5 at most; derived
	Interactions []Interaction `json:"interactions"` // A5; the last 10, newest first; written by Record
	Complaint    *Complaint    `json:"complaint"`    // the oldest one that is not resolved; derived
	Points       *int64        `json:"points"`       // the ledger's sum; derived
	Consent      []Grant       `json:"consent"`      // the last word on each purpose
	Tags         []Tag         `json:"tags"`
	Facts        []Fact        `json:"facts,omitempty"`    // A11, B2: the newest of each name; written by Note
	Refusals     []Refusal     `json:"refusals,omitempty"` // B3, E7: the newest of each kind and name; written by Note
}

// Basic is the first kind of data: who the person is.
type Basic struct {
	Name          *Name      `json:"name"`
	Gender        *Gender    `json:"gender"`
	BirthYear     *int       `json:"birth_year"`
	Channel       *string    `json:"channel"`        // where the member signed up
	FirstPurchase *time.Time `json:"first_purchase"` // derived, Save ignores it
	Tier          *string    `json:"tier"`           // such as "gold"
	Lang          *string    `json:"lang"`           // the language to speak, "zh" or "en"
	Stage         *string    `json:"stage"`          // of the lifecycle, such as "prospect" (A7)
	Account       *Account   `json:"account"`        // null is an individual (A10)
	Shop          *string    `json:"shop"`           // the shop that the member is of
	Partner       *string    `json:"partner"`        // the dealer or service provider that the member is of
}

// Account is the kind of customer that a member is.
type Account string

// The accounts.
const (
	Individual Account = "individual"
	Enterprise Account = "enterprise"
	Dealer     Account = "dealer"   // who buys to sell
	Provider   Account = "provider" // who serves the shop's customers
)

// Known reports whether the account is one of those.
func (a Account) Known() bool {
	switch a {
	case Individual, Enterprise, Dealer, Provider:
		return true
	}
	return false
}

// Zone is a place inside a store, and how long the member has stayed there in all.
type Zone struct {
	Store  string        `json:"store"`
	Zone   string        `json:"zone"`
	Stayed time.Duration `json:"stayed"`
}

// Gender is how a person is addressed.
type Gender string

// The genders that a title follows from; an unknown one is null.
const (
	Female Gender = "female"
	Male   Gender = "male"
)

// Name is a person's name in Chinese and in Latin letters, either of which may be
// empty.
type Name struct {
	Family   string `json:"family,omitempty"` // 张
	Given    string `json:"given,omitempty"`  // 丽
	FamilyEN string `json:"family_en,omitempty"`
	GivenEN  string `json:"given_en,omitempty"`
}

// Full returns the whole name in lang, or in the other language where lang has none.
func (n Name) Full(lang string) string {
	zh, en := n.Family+n.Given, n.GivenEN
	if n.FamilyEN != "" {
		if en != "" {
			en += " "
		}
		en += n.FamilyEN
	}
	if (lang == "en" && en != "") || zh == "" {
		return en
	}
	return zh
}

// Address returns how the person is spoken to: surname and title, "张女士" or
// "Ms Zhang", or the whole name where the title is not known.
func (n Name) Address(lang string, gender *Gender) string {
	if gender == nil {
		return n.Full(lang)
	}
	zh, en := "先生", "Mr "
	if *gender == Female {
		zh, en = "女士", "Ms "
	}
	switch {
	case lang == "en" && n.FamilyEN != "":
		return en + n.FamilyEN
	case lang == "en":
		return n.Full(lang)
	case n.Family != "":
		return n.Family + zh
	case n.FamilyEN != "":
		return n.FamilyEN + zh
	}
	return n.Full(lang)
}

// Consumption is the second kind of data: what the person bought. Money is in
// hundredths of the shop's currency.
type Consumption struct {
	Orders     int            `json:"orders"`
	Spent      int64          `json:"spent"`
	Basket     *int64         `json:"basket"`     // average order; null without orders
	Hours      [24]int        `json:"hours"`      // orders by the hour of the shop's day
	Categories map[string]int `json:"categories"` // items by category
	Last       *time.Time     `json:"last"`       // when the last order was placed
	Purchase   *Purchase      `json:"purchase"`   // the last item that may be named aloud
	Recent     []Purchase     `json:"recent"`     // the last 10 items, newest first
}

// Purchase is one item that was bought.
type Purchase struct {
	Order    string    `json:"order"`
	Product  string    `json:"product"`
	Name     string    `json:"name"`    // Chinese
	NameEN   string    `json:"name_en"` // English
	Category string    `json:"category"`
	At       time.Time `json:"at"`
}

// Named returns the item's name in lang.
func (p Purchase) Named(lang string) string {
	if (lang == "en" && p.NameEN != "") || p.Name == "" {
		return p.NameEN
	}
	return p.Name
}

// Preference is the third kind of data: what the person is drawn to. The lists hold
// product ids, newest first.
type Preference struct {
	Browsed     []string `json:"browsed"`
	Favourites  []string `json:"favourites"`
	Unbought    []string `json:"unbought"`      // put into the cart and not bought since
	Brands      []string `json:"brands"`        // most often seen first
	Sensitivity *float64 `json:"sensitivity"`   // share of orders with a coupon, 0 to 1; null without orders
	Channel     *string  `json:"liked_channel"` // where most interactions happened
}

// Complaint is a complaint that nobody has resolved yet.
type Complaint struct {
	Ticket string    `json:"ticket"`
	At     time.Time `json:"at"`
}

// Grant is a member's word on one purpose, and the notice that it answered.
type Grant struct {
	Purpose Purpose   `json:"purpose"`
	Given   bool      `json:"given"`
	At      time.Time `json:"at"`
	Notice  string    `json:"notice,omitempty"` // the version of the notice
}

// Tag is a label on a person.
type Tag struct {
	Name   string     `json:"name"`
	Source string     `json:"source"` // "rule", "agent" or "import"
	Author string     `json:"author,omitempty"`
	At     time.Time  `json:"at"`
	Until  *time.Time `json:"until,omitempty"` // null: for good
}

// Allows reports whether the member has consented to the purpose. What was never
// asked was never given.
func (p *Profile) Allows(purpose Purpose) bool { return allows(p.Consent, purpose) }

func allows(grants []Grant, purpose Purpose) bool {
	for i := range grants {
		if grants[i].Purpose == purpose {
			return grants[i].Given
		}
	}
	return false
}

// SetConsent writes the member's word on a purpose over an earlier one.
func (p *Profile) SetConsent(grant Grant) {
	p.Consent = slices.DeleteFunc(slices.Clone(p.Consent), func(g Grant) bool { return g.Purpose == grant.Purpose })
	p.Consent = append(p.Consent, grant)
}

// PhoneHandle returns the member's first phone number.
func (p *Profile) PhoneHandle() (Handle, bool) {
	i := slices.IndexFunc(p.Handles, func(h Handle) bool { return h.Kind == HandlePhone })
	if i < 0 {
		return Handle{}, false
	}
	return p.Handles[i], true
}

// Clone returns a copy whose lists and maps may be changed. What pointers point
// at is shared: put a new pointer, never write through an old one.
func (p *Profile) Clone() *Profile {
	q := *p
	q.Handles = slices.Clone(p.Handles)
	q.Interactions = slices.Clone(p.Interactions)
	q.Consent = slices.Clone(p.Consent)
	q.Tags = slices.Clone(p.Tags)
	q.Facts = slices.Clone(p.Facts)
	q.Refusals = slices.Clone(p.Refusals)
	q.Consumption.Recent = slices.Clone(p.Consumption.Recent)
	q.Consumption.Categories = maps.Clone(p.Consumption.Categories)
	return &q
}
