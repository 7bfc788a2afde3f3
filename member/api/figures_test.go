package api_test

import (
	"net/http"
	"testing"
)

func TestSegmentsAreCountedAndListed(t *testing.T) {
	h := open(t, "sqlite")
	var all, few struct{ Members, Profiled, Of int }
	h.ask(http.StatusOK, "POST", "/v1/segments/count", map[string]any{"segment": "true"}).into(&all)
	h.ask(http.StatusOK, "POST", "/v1/segments/count", map[string]any{"segment": "orders >= 2"}).into(&few)
	if all.Members != all.Of || few.Members == 0 || few.Members >= all.Members || few.Of != all.Of {
		t.Errorf("%+v %+v", all, few)
	}
	seen, cursor := 0, ""
	for {
		var got page[struct {
			ID     string
			Orders int
		}]
		h.ask(http.StatusOK, "POST", "/v1/segments/members", map[string]any{"segment": "orders >= 2", "limit": 1, "cursor": cursor}).into(&got)
		for _, one := range got.Items {
			seen++
			if one.Orders < 2 {
				t.Errorf("%+v", one)
			}
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	if seen != few.Profiled {
		t.Errorf("%d are listed, want %d", seen, few.Profiled)
	}
	if row := h.trail.last(); row.Action != "segment" || row.Fields != "ids" {
		t.Errorf("%+v", row)
	}
}

func TestTiersAndScoresAddUp(t *testing.T) {
	h := open(t, "sqlite")
	var tiers struct {
		Of    int
		Tiers []struct {
			Name    string
			Members int
			Rule    bool
		}
	}
	a := h.ask(http.StatusOK, "GET", "/v1/tiers", nil)
	a.into(&tiers)
	sum := 0
	for _, one := range tiers.Tiers {
		sum += one.Members
	}
	if sum != tiers.Of || tiers.Tiers[0].Name != "gold" || !tiers.Tiers[0].Rule {
		t.Errorf("%+v", tiers)
	}
	h.ask(http.StatusNotModified, "GET", "/v1/tiers", nil, "If-None-Match", a.head.Get("ETag"))
	var rfm struct {
		Of    int
		Never int `json:"without_orders"`
		Cells []struct{ Members int }
	}
	h.ask(http.StatusOK, "GET", "/v1/rfm", nil).into(&rfm)
	sum = rfm.Never
	for _, one := range rfm.Cells {
		sum += one.Members
	}
	if sum != rfm.Of || rfm.Of != tiers.Of {
		t.Errorf("%+v", rfm)
	}
}

func TestTheTrailIsSearchedPageByPage(t *testing.T) {
	h := open(t, "sqlite")
	for range 5 {
		h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li", nil)
	}
	h.ask(http.StatusOK, "GET", "/v1/members/m_james_smith", nil)
	type row struct {
		Number                 int64
		Member, Reader, Action string
	}
	seen, cursor := map[int64]bool{}, ""
	for {
		var got page[row]
		h.ask(http.StatusOK, "GET", "/v1/audit?member=m_zhang_li&action=get&limit=2&cursor="+cursor, nil).into(&got)
		for _, one := range got.Items {
			if seen[one.Number] || one.Member != "m_zhang_li" || one.Action != "get" || one.Reader != "li" {
				t.Errorf("%+v", one)
			}
			seen[one.Number] = true
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("found %d rows, want 5", len(seen))
	}
	if last := h.trail.last(); last.Action != "search" || last.Fields != "audit" {
		t.Errorf("the search is in no trail: %+v", last)
	}
}
