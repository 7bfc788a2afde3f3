package api_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"huike/member"
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

// TestWhoMayBeLostIsCountedAndListed makes a shop with enough of a past to learn from.
func TestWhoMayBeLostIsCountedAndListed(t *testing.T) {
	h := open(t, "sqlite")
	h.regulars(60)
	var got struct {
		Of, Half, Overdue int
		Bars              []struct {
			From, To float64
			Members  int
		}
	}
	h.ask(http.StatusOK, "GET", "/v1/churn", nil).into(&got)
	if got.Of < 60 || len(got.Bars) != 10 || got.Half < got.Overdue || got.Overdue == 0 {
		t.Fatalf("%+v", got)
	}
	sum := 0
	for _, bar := range got.Bars {
		sum += bar.Members
		var found page[struct {
			ID, Phone string
			Risk      *float64
		}]
		n, cursor := 0, ""
		for {
			h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"risk": map[string]any{"from": bar.From, "to": bar.To}, "limit": 20, "cursor": cursor}).into(&found)
			for _, one := range found.Items {
				if n++; one.Risk == nil || *one.Risk < bar.From || *one.Risk > bar.To {
					t.Errorf("%+v in %+v", one, bar)
				}
			}
			if cursor = found.Next; cursor == "" {
				break
			}
		}
		if n != bar.Members {
			t.Errorf("%d are listed of %+v", n, bar)
		}
	}
	if sum != got.Of {
		t.Errorf("%d in the bars of %d", sum, got.Of)
	}
	theListGoesOnAfterWhoHasGone(h)
	whoWithdrawsIsNotListed(h, got.Overdue)
}

// theListGoesOnAfterWhoHasGone follows a cursor that names somebody who is on the list no
// more.
func theListGoesOnAfterWhoHasGone(h *house) {
	t := h.t
	t.Helper()
	var all, rest page[struct {
		ID   string
		Risk float64
	}]
	ask := map[string]any{"risk": map[string]any{"from": 0, "to": 1}, "limit": 30}
	h.ask(http.StatusOK, "POST", "/v1/members/search", ask).into(&all)
	last := all.Items[19]
	text, err := json.Marshal([]any{last.Risk, last.ID + "-gone"})
	if err != nil {
		t.Fatal(err)
	}
	ask["cursor"] = base64.RawURLEncoding.EncodeToString(text)
	h.ask(http.StatusOK, "POST", "/v1/members/search", ask).into(&rest)
	if len(rest.Items) == 0 || rest.Items[0] != all.Items[20] {
		t.Errorf("%+v follows %+v, want %+v", rest.Items, last, all.Items[20])
	}
}

// whoWithdrawsIsNotListed lists who is overdue, and has one of them withdraw service.
func whoWithdrawsIsNotListed(h *house, overdue int) {
	t := h.t
	t.Helper()
	var warned page[struct{ ID string }]
	h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"warn": "overdue", "limit": 200}).into(&warned)
	if len(warned.Items) != overdue {
		t.Errorf("%d are listed, want %d", len(warned.Items), overdue)
	}
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/members/search", map[string]any{"warn": "never"})
	one := warned.Items[0].ID
	h.ask(http.StatusOK, "PUT", "/v1/members/"+one+"/consent/service", map[string]any{"given": false})
	h.ask(http.StatusForbidden, "GET", "/v1/members/"+one+"/predictions", nil)
	h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"warn": "overdue", "limit": 200}).into(&warned)
	for _, still := range warned.Items {
		if still.ID == one {
			t.Error("who has withdrawn service is listed")
		}
	}
}

// regulars adds members who buy every two weeks; every third has stopped a while ago.
func (h *house) regulars(n int) {
	h.t.Helper()
	now := time.Now()
	for i := range n {
		p := member.Profile{ID: member.ID(fmt.Sprintf("m_r%03d", i))}
		for _, purpose := range []member.Purpose{member.PurposeService, member.PurposeProfiling} {
			p.SetConsent(member.Grant{Purpose: purpose, Given: true, At: now, Notice: "1"})
		}
		if err := h.store.Create(h.t.Context(), &p); err != nil {
			h.t.Fatal(err)
		}
		err := h.store.Change(h.t.Context(), func(tx *sql.Tx) error {
			for week := 60 - i%5; week > 0; week -= 2 + i%4 {
				if i%3 == 0 && week < 5+i%40 {
					break
				}
				number, at := fmt.Sprintf("R%d-%d", i, week), now.AddDate(0, 0, -7*week).UnixMilli()
				if _, err := tx.ExecContext(h.t.Context(), `INSERT INTO orders (number, member_id, status, placed_at, total) VALUES ($1, $2, 'delivered', $3, 1000)`, number, string(p.ID), at); err != nil {
					return err
				}
				if _, err := tx.ExecContext(h.t.Context(), `INSERT INTO order_items (order_number, product_id, quantity, price) VALUES ($1, 'x', 1, 1000)`, number); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
}
