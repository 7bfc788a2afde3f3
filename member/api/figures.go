package api

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"huike/member/audit"
	"huike/member/tag"
)

// tier is a level, what it gives and how many have it.
type tier struct {
	Name    string      `json:"name"` // empty: none
	Members int         `json:"members"`
	Rule    bool        `json:"rule"` // the rules in force know it
	Rights  *tag.Rights `json:"rights,omitempty"`
}

type tiers struct {
	At    time.Time `json:"at"`
	Of    int       `json:"of"`
	Tiers []tier    `json:"tiers"` // as the rules have them, the highest first; then those of no rule
}

// tiers counts the members of each tier.
func (a *API) tiers(w http.ResponseWriter, r *request) error {
	book, err := a.book.open(r.Context())
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "tiers", audit.OK); err != nil {
		return err
	}
	counts := map[string]int{}
	for i := range book.Len() {
		counts[book.Tier(i)]++
	}
	rules := a.cfg.Tags.Rules()
	out := tiers{At: book.At(), Of: book.Len(), Tiers: []tier{}}
	for _, name := range rules.Tiers() {
		rights, _ := rules.Rights(name)
		out.Tiers = append(out.Tiers, tier{Name: name, Members: counts[name], Rule: true, Rights: &rights})
		delete(counts, name)
	}
	rest := []tier{}
	for name, n := range counts {
		rest = append(rest, tier{Name: name, Members: n})
	}
	slices.SortFunc(rest, func(x, y tier) int { return cmp.Or(cmp.Compare(y.Members, x.Members), cmp.Compare(x.Name, y.Name)) })
	out.Tiers = append(out.Tiers, rest...)
	return answer(w, r, out)
}

// cell is one score of R, F and M.
type cell struct {
	R       int `json:"r"`
	F       int `json:"f"`
	M       int `json:"m"`
	Members int `json:"members"`
}

type scores struct {
	At    time.Time `json:"at"`
	Of    int       `json:"of"`
	Never int       `json:"without_orders"`
	Cells []cell    `json:"cells"` // those with members
}

// rfm counts the members of each score.
func (a *API) rfm(w http.ResponseWriter, r *request) error {
	book, err := a.book.open(r.Context())
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "rfm", audit.OK); err != nil {
		return err
	}
	var n [6][6][6]int
	for i := range book.Len() {
		r, f, m := book.RFM(i)
		n[r][f][m]++
	}
	out := scores{At: book.At(), Of: book.Len(), Never: n[0][0][0], Cells: []cell{}}
	for r := 5; r > 0; r-- {
		for f := 5; f > 0; f-- {
			for m := 5; m > 0; m-- {
				if n[r][f][m] > 0 {
					out.Cells = append(out.Cells, cell{r, f, m, n[r][f][m]})
				}
			}
		}
	}
	return answer(w, r, out)
}
