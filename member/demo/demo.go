// Package demo is a small invented shop with invented members, in Chinese and English,
// so that a new huike has something to talk about. It is loaded into an empty store
// only, with every day counted from that moment.
package demo

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"time"

	"gopkg.in/yaml.v3"

	"huike/member"
	"huike/member/store"
)

//go:embed shop.yaml
var shopFile []byte

//go:embed members.yaml
var membersFile []byte

// Caller is one choice on the caller's page.
type Caller struct {
	As    string `json:"as"` // the phone number to log in with
	Label string `json:"label"`
	Lang  string `json:"lang"`
}

// Callers returns the choices, labelled in lang.
func Callers(lang string) ([]Caller, error) {
	file, err := readMembers()
	if err != nil {
		return nil, err
	}
	callers := make([]Caller, 0, len(file.Callers))
	for _, c := range file.Callers {
		label := c.ZH
		if lang == "en" {
			label = c.EN
		}
		if c.Tier != "" {
			label += " · " + c.Tier
		}
		callers = append(callers, Caller{As: c.As, Label: label, Lang: c.Lang})
	}
	return callers, nil
}

// Load fills an empty store, and reports whether it did: a store with any member or
// product in it is left as it is.
func Load(ctx context.Context, s *store.Store, now time.Time) (bool, error) {
	shop, err := readShop()
	if err != nil {
		return false, err
	}
	people, err := readMembers()
	if err != nil {
		return false, err
	}
	loaded := false
	err = s.Change(ctx, func(tx *sql.Tx) error {
		var there int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM members) + (SELECT COUNT(*) FROM products)`).Scan(&there)
		if err != nil || there > 0 {
			return err
		}
		loaded = true
		l := &loader{tx: tx, store: s, now: now.In(s.Place()), prices: map[string]int64{}, forms: map[string]variant{}}
		l.shop(ctx, shop)
		for i := range people.Members {
			l.member(ctx, &people.Members[i])
		}
		return l.err
	})
	if err != nil {
		return false, fmt.Errorf("demonstration data: %w", err)
	}
	return loaded, nil
}

type shopData struct {
	Stores []struct {
		ID, ZH, EN string
		Aliases    []string
		AddressZH  string `yaml:"address_zh"`
		AddressEN  string `yaml:"address_en"`
		HoursZH    string `yaml:"hours_zh"`
		HoursEN    string `yaml:"hours_en"`
		Phone      string
	}
	Products []struct {
		ID, ZH, EN      string
		Aliases         []string
		Category, Brand string
		Price           int64
		Consumable      bool
		Private         bool
		Stock           map[string]int
		Variants        []variant
	}
}

// variant is one form of a product. Options are by name, both with their English behind
// a |; a price stands where it is not the product's.
type variant struct {
	ID      string
	Options map[string]string
	Price   int64
	Sold    bool // out: it is not to be had
}

type memberData struct {
	Members []person
	Callers []struct{ As, ZH, EN, Tier, Lang string }
}

type person struct {
	ID     string
	Phones []string
	Card   string
	Name   struct {
		Family, Given string
		FamilyEN      string `yaml:"family_en"`
		GivenEN       string `yaml:"given_en"`
	}
	Gender    string
	BirthYear int    `yaml:"birth_year"`
	Birthday  string // 1988-05-03
	Postcode  string
	Channel   string
	Tier      string
	Lang      string
	Consent   []member.Purpose
	Tags      []string
	Points    []struct {
		Day    int
		Delta  int64
		Reason string
	}
	Address string
	Pay     []struct { // the first is what orders were paid with
		ID, Source, Brand string
		LastFour          string `yaml:"last_four"`
		Balance           *int64
	}
	Orders  []order
	Coupons []struct {
		Code, ZH, EN string
		Off          int64
		MinSpend     int64 `yaml:"min_spend"`
		Expires      int
	}
	Events []struct {
		Day           int
		Kind, Product string
	}
	Interactions []struct {
		Day                             int
		Clock, Channel, Intent, Outcome string
		Complaint                       bool
		Rating                          int
	}
	Complaint *struct {
		Day          int
		Ticket, Text string
	}
}

type order struct {
	Number    string
	Placed    int
	Clock     string
	Delivered *int
	Shipped   bool
	ETA       *int
	Items     map[string]int
	Carrier   string
	Coupon    string
}

func readShop() (*shopData, error) {
	var d shopData
	return &d, strict(shopFile, &d, "shop.yaml")
}

func readMembers() (*memberData, error) {
	var d memberData
	return &d, strict(membersFile, &d, "members.yaml")
}

// strict reads YAML and refuses what it does not know.
func strict(file []byte, into any, name string) error {
	d := yaml.NewDecoder(bytes.NewReader(file))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
