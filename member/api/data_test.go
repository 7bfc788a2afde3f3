package api_test

import (
	"net/http"
	"strings"
	"testing"

	"huike/member"
)

type job struct {
	ID, State, Error string
	Rows, Accepted   int
	Refused          int
	Bytes, Of        int64
	Lines            []struct {
		Line   int
		Reason string
	}
}

// carried imports a file and waits for its end.
func (h *house) carried(kind, file string) job {
	h.t.Helper()
	var got job
	a := h.ask(http.StatusAccepted, "POST", "/v1/imports?kind="+kind, file)
	h.api.Wait()
	h.ask(http.StatusOK, "GET", a.head.Get("Location"), nil).into(&got)
	return got
}

func TestFilesAreImportedWithAReport(t *testing.T) {
	h := open(t, "sqlite")
	got := h.carried("members", "phone,family_name,given_name,consent\n13311112222,林,一,service;profiling\n13311113333,林,二,service\n")
	if got.State != "done" || got.Accepted != 2 || got.Bytes != got.Of {
		t.Errorf("%+v", got)
	}
	got = h.carried("members", "phone\n13311114444\nnumber\n")
	if got.State != "failed" || got.Lines[0].Line != 3 || got.Refused != 1 || !strings.Contains(got.Error, "line 3") {
		t.Errorf("%+v", got)
	}
	var found page[hit]
	h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"q": "13311114444"}).into(&found)
	if len(found.Items) != 0 {
		t.Error("a part of a broken file is in")
	}
	got = h.carried("events", "id,type,subject,time,product\ne1,browse,phone:13311112222,2026-11-01T10:00:00Z,backpack\ne2,dance,phone:13311112222,2026-11-01T10:00:00Z,backpack\n")
	if got.State != "done" || got.Accepted != 1 || got.Refused != 1 || got.Lines[0].Line != 3 {
		t.Errorf("%+v", got)
	}
	var all page[job]
	h.ask(http.StatusOK, "GET", "/v1/imports", nil).into(&all)
	if len(all.Items) != 3 || strings.Contains(string(h.ask(http.StatusOK, "GET", "/v1/imports", nil).body), "1331111") {
		t.Errorf("%+v", all)
	}
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/imports?kind=dances", "a")
	h.ask(http.StatusUnsupportedMediaType, "POST", "/v1/imports?kind=events", map[string]any{})
	h.ask(http.StatusNotFound, "GET", "/v1/imports/none", nil)
}

func TestAPersonIsGivenOutAndForgotten(t *testing.T) {
	h := open(t, "sqlite")
	a := h.ask(http.StatusOK, "POST", "/v1/members/m_zhang_li/export", nil)
	if text := string(a.body); strings.Contains(text, "13800001234") || !strings.Contains(text, "138****1234") || !strings.Contains(text, "10023") {
		t.Errorf("%.300s", text)
	}
	a = h.ask(http.StatusOK, "POST", "/v1/members/m_zhang_li/export", map[string]any{"whole": true})
	if !strings.Contains(string(a.body), "13800001234") {
		t.Error("the person's own copy is masked")
	}
	h.ask(http.StatusForbidden, "POST", "/v1/members/m_zhang_li/erasure", map[string]any{"confirm": "m_zhang_li"}) // not a supervisor's to do
	h.asker.Role = member.RoleAdmin
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/members/m_zhang_li/erasure", map[string]any{"confirm": "yes"})
	var gone struct{ Rows map[string]int }
	h.ask(http.StatusOK, "POST", "/v1/members/m_zhang_li/erasure", map[string]any{"confirm": "m_zhang_li"}).into(&gone)
	if gone.Rows["orders"] == 0 {
		t.Errorf("%+v", gone)
	}
}

func TestMergesAreDecidedAndTakenBack(t *testing.T) {
	h := open(t, "sqlite")
	var done struct{ Merge int64 }
	h.ask(http.StatusConflict, "POST", "/v1/merges", map[string]any{"keep": "m_zhang_li", "gone": "m_james_smith"})
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/merges", map[string]any{"keep": "m_zhang_li", "gone": "m_zhang_li"})
	h.ask(http.StatusOK, "POST", "/v1/merges", map[string]any{"keep": "m_zhang_li", "gone": "m_james_smith", "force": true, "reason": "said 13800001234"}).into(&done)
	var list page[struct {
		Number int64
		Reason string
		Undone *string
	}]
	h.ask(http.StatusOK, "GET", "/v1/merges", nil).into(&list)
	if len(list.Items) != 1 || list.Items[0].Number != done.Merge || list.Items[0].Undone != nil || strings.Contains(list.Items[0].Reason, "1380000") {
		t.Errorf("%+v", list)
	}
	h.ask(http.StatusNoContent, "DELETE", "/v1/merges/1", nil)
	h.ask(http.StatusConflict, "DELETE", "/v1/merges/1", nil)
	var found page[hit]
	h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"q": "13900005678"}).into(&found)
	if len(found.Items) != 1 || found.Items[0].ID != "m_james_smith" {
		t.Errorf("%+v", found)
	}
	h.ask(http.StatusOK, "GET", "/v1/matches", nil)
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/matches", map[string]any{"keep": "m_zhang_li", "other": "m_james_smith"})
	h.ask(http.StatusOK, "POST", "/v1/matches", map[string]any{"keep": "m_zhang_li", "other": "m_james_smith", "same": false})
}

func TestPredictionsSayWhatTheyRestOn(t *testing.T) {
	h := open(t, "sqlite")
	var got struct {
		Next     *struct{ Basis string }
		Warning  *struct{ Gaps int }
		Evidence struct{ Days, Members int }
		Notes    []string
	}
	a := h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li/predictions", nil)
	a.into(&got)
	if got.Evidence.Days != 3 || got.Warning == nil || got.Warning.Gaps != 2 || len(got.Notes) == 0 {
		t.Errorf("%s", a.body)
	}
	h.ask(http.StatusOK, "PUT", "/v1/members/m_zhang_li/consent/profiling", map[string]any{"given": false})
	h.ask(http.StatusForbidden, "GET", "/v1/members/m_zhang_li/predictions", nil)
}
