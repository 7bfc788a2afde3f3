package api_test

import (
	"net/http"
	"testing"
)

type labels struct {
	Tier   string
	Rights struct{ Discount int }
	Tags   []struct {
		Name, Source, Author, Reason string
		Evidence                     struct{ Count int }
	}
	Changes []struct{ Name, Change, Author string }
}

func (l *labels) has(name string) bool {
	for _, one := range l.Tags {
		if one.Name == name {
			return true
		}
	}
	return false
}

// rests checks that a tag says what made it so.
func (l *labels) rests(t *testing.T, name string) {
	t.Helper()
	for _, one := range l.Tags {
		if one.Name == name && (one.Evidence.Count < 2 || one.Reason == "" || one.Source != "rule") {
			t.Errorf("%+v", one)
		}
	}
}

func TestTagsByHandAndByRule(t *testing.T) {
	h := open(t, "sqlite")
	const at = "/v1/members/m_zhang_li/tags"
	before := h.ask(http.StatusOK, "GET", at, nil)
	var got labels
	before.into(&got)
	if got.Tier != "gold" || got.Rights.Discount != 5 || !got.has("buyer") {
		t.Fatalf("%+v", got)
	}
	got.rests(t, "buyer")
	h.ask(http.StatusOK, "PUT", at+"/%E6%98%93%E6%80%92", map[string]any{"until": nil}, "If-Match", before.head.Get("ETag")).into(&got)
	if !got.has("易怒") || got.Changes[0].Author != "li" || got.Changes[0].Change != "added" {
		t.Errorf("%+v", got.Changes[0])
	}
	if row := h.trail.last(); row.Reader != "li" {
		t.Errorf("%+v", row)
	}
	h.ask(http.StatusPreconditionFailed, "DELETE", at+"/%E6%98%93%E6%80%92", nil, "If-Match", before.head.Get("ETag"))
	h.ask(http.StatusOK, "GET", at, nil).into(&got)
	if !got.has("易怒") {
		t.Error("the tag was taken by somebody who had not seen it")
	}
	h.ask(http.StatusOK, "DELETE", at+"/%E6%98%93%E6%80%92", nil).into(&got)
	if got.has("易怒") || got.Changes[0].Change != "removed" {
		t.Errorf("%+v", got)
	}
	h.ask(http.StatusUnprocessableEntity, "PUT", at+"/late", map[string]any{"until": "2020-01-01T00:00:00Z"})
}

func TestConsentIsGivenAndWithdrawn(t *testing.T) {
	h := open(t, "sqlite")
	const at = "/v1/members/m_zhang_li/consent"
	var got struct {
		Consent, History []struct {
			Purpose, Notice string
			Given           bool
		}
	}
	etag := h.ask(http.StatusOK, "GET", at, nil).head.Get("ETag")
	h.ask(http.StatusOK, "PUT", at+"/profiling", map[string]any{"given": false}, "If-Match", etag).into(&got)
	if got.History[0].Purpose != "profiling" || got.History[0].Given {
		t.Errorf("%+v", got.History[0])
	}
	h.ask(http.StatusForbidden, "GET", "/v1/members/m_zhang_li/tags", nil)
	h.ask(http.StatusForbidden, "PUT", "/v1/members/m_zhang_li/tags/x", nil)
	h.ask(http.StatusPreconditionFailed, "PUT", at+"/profiling", map[string]any{"given": true, "notice": "v2"}, "If-Match", etag)
	h.ask(http.StatusOK, "PUT", at+"/profiling", map[string]any{"given": true, "notice": "v2"}).into(&got)
	if got.History[0].Notice != "v2" || !got.History[0].Given || len(got.History) < 3 {
		t.Errorf("%+v", got.History)
	}
	h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li/tags", nil)
}

func TestTheTimelineIsWholeAndInOrder(t *testing.T) {
	h := open(t, "sqlite")
	type happening struct{ At, Kind, ID, What string }
	var all page[happening]
	a := h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li/timeline?limit=200", nil)
	a.into(&all)
	kinds := map[string]int{}
	for _, one := range all.Items {
		kinds[one.Kind]++
	}
	for kind, n := range map[string]int{"order": 3, "contact": 2, "event": 3, "points": 3, "consent": 4} {
		if kinds[kind] != n {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, n)
		}
	}
	for _, limit := range []string{"1", "2", "3"} {
		var got []happening
		for cursor, n := "", 0; n == 0 || cursor != ""; n++ {
			var part page[happening]
			h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li/timeline?limit="+limit+"&cursor="+cursor, nil).into(&part)
			got = append(got, part.Items...)
			if cursor = part.Next; n > 100 {
				t.Fatal("the pages do not end")
			}
		}
		if len(got) != len(all.Items) {
			t.Fatalf("by %s: %d, want %d", limit, len(got), len(all.Items))
		}
		for i := range got {
			if got[i] != all.Items[i] {
				t.Errorf("by %s: %d is %+v, want %+v", limit, i, got[i], all.Items[i])
			}
		}
	}
	h.ask(http.StatusNotModified, "GET", "/v1/members/m_zhang_li/timeline?limit=200", nil, "If-None-Match", a.head.Get("ETag"))
}

func TestAFieldIsPutRight(t *testing.T) {
	h := open(t, "sqlite")
	const path = "/v1/members/m_zhang_li"
	type view struct {
		Name      *struct{ Family, Given string }
		BirthYear *int `json:"birth_year"`
		Gender    *string
	}
	a := h.ask(http.StatusOK, "GET", path, nil)
	before := a.head.Get("ETag")
	h.ask(http.StatusPreconditionRequired, "PATCH", path, map[string]any{"gender": "male"})
	for _, bad := range []map[string]any{{}, {"birth_year": 1700}, {"name": map[string]any{"family": "13812341234"}}, {"name": map[string]any{}}, {"lang": "fr"}, {"gender": "x"}} {
		h.ask(http.StatusUnprocessableEntity, "PATCH", path, bad, "If-Match", before)
	}
	h.ask(http.StatusBadRequest, "PATCH", path, map[string]any{"tier": "gold"}, "If-Match", before)
	var now view
	h.ask(http.StatusOK, "PATCH", path, map[string]any{"name": map[string]any{"family": "章", "given": "丽"}, "birth_year": nil}, "If-Match", before).into(&now)
	if now.Name == nil || now.Name.Family != "章" || now.BirthYear != nil || now.Gender == nil {
		t.Errorf("%+v", now)
	}
	h.ask(http.StatusPreconditionFailed, "PATCH", path, map[string]any{"gender": "male"}, "If-Match", before)
	corrected := false
	for _, row := range h.trail.rows {
		corrected = corrected || row.Action == "correct" && row.Fields == "birth_year,name" && row.Member == "m_zhang_li"
	}
	if !corrected {
		t.Error("no audit row says what was corrected")
	}
}
