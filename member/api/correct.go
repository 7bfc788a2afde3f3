package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"huike/member"
	"huike/member/audit"
)

// correction is what of a member's own words may be put right, or taken back by null. What
// is left out stays.
type correction struct {
	Name      optional[member.Name]   `json:"name"`
	Gender    optional[member.Gender] `json:"gender"`
	BirthYear optional[int]           `json:"birth_year"`
	Lang      optional[string]        `json:"lang"`
}

// optional is a value that may be left out or null.
type optional[T any] struct {
	there bool
	value *T
}

// UnmarshalJSON is called only where the field is there.
func (o *optional[T]) UnmarshalJSON(text []byte) error {
	o.there = true
	return json.Unmarshal(text, &o.value)
}

const (
	longestPart = 64 // bytes of a name
	firstBirth  = 1900
)

// check says what is wrong with a correction.
func (c *correction) check(thisYear int) error {
	if name := c.Name.value; name != nil {
		for _, part := range []*string{&name.Family, &name.Given, &name.FamilyEN, &name.GivenEN} {
			*part = strings.TrimSpace(*part)
			if !plainName(*part) || len(*part) > longestPart {
				return wrong("name", "…", "parts of at most 64 bytes, without control characters or a telephone number", "每部分不超过 64 字节，不含控制字符和电话号码")
			}
		}
		if *name == (member.Name{}) {
			return wrong("name", "", "one part at least, or null: unknown", "至少一部分，或 null：未知")
		}
	}
	if g := c.Gender.value; g != nil && *g != member.Female && *g != member.Male {
		return wrong("gender", "…", "female, male or null", "female、male 或 null")
	}
	if y := c.BirthYear.value; y != nil && (*y < firstBirth || *y > thisYear) {
		return wrong("birth_year", strconv.Itoa(*y), "a year from 1900 to this one, or null", "1900 至今的年份，或 null")
	}
	if l := c.Lang.value; l != nil && *l != "zh" && *l != "en" {
		return wrong("lang", "…", "zh, en or null", "zh、en 或 null")
	}
	return nil
}

// fields are the names of what is corrected, for the trail.
func (c *correction) fields() string {
	var all []string
	for name, there := range map[string]bool{"name": c.Name.there, "gender": c.Gender.there, "birth_year": c.BirthYear.there, "lang": c.Lang.there} {
		if there {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

func (c *correction) apply(b *member.Basic) {
	if c.Name.there {
		b.Name = c.Name.value
	}
	if c.Gender.there {
		b.Gender = c.Gender.value
	}
	if c.BirthYear.there {
		b.BirthYear = c.BirthYear.value
	}
	if c.Lang.there {
		b.Lang = c.Lang.value
	}
}

// correct puts right what is written of a member, and answers with the member.
func (a *API) correct(w http.ResponseWriter, r *request) error {
	var c correction
	if err := decode(r, &c); err != nil {
		return err
	}
	if err := c.check(a.cfg.Now().In(a.cfg.Store.Place()).Year()); err != nil {
		return err
	}
	if c.fields() == "" {
		return wrong("body", "{}", "one of name, gender, birth_year and lang", "name、gender、birth_year、lang 之一")
	}
	was, err := mustMatch(r, 0)
	if err != nil {
		return err
	}
	_, may, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	if !may.Identity {
		return errWithheld // who may not see what stands there cannot put it right
	}
	if err := a.trace(r, r.id(), "correct", c.fields(), audit.OK); err != nil {
		return err
	}
	err = a.cfg.Members.Update(r.Context(), r.id(), r.access, func(p *member.Profile) error {
		if p.Version != was {
			return errChanged
		}
		c.apply(&p.Basic)
		return nil
	})
	if err != nil {
		return errors.Join(err, a.trace(r, r.id(), "correct", c.fields(), audit.Failed))
	}
	if _, err := a.cfg.Identity.Check(r.Context(), r.id()); err != nil { // with another name it may be somebody else
		a.cfg.Log.Warn("not looked for others who may be the member", "err", err)
	}
	r.Header.Del("If-None-Match")
	return a.show(w, r)
}
