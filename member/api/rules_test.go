package api_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"huike/member"
	"huike/member/access"
)

const better = `tags:
  - {name: buyer, when: 'count(orders, "all") > 0'}
tiers:
  - {name: gold, when: 'sum(orders, "total", "365d") >= 1'}
  - {name: standard}
`

type rulesInForce struct {
	Number int
	Author string
	Text   string
}

func TestRulesAreWrittenTriedSavedAndTakenBack(t *testing.T) {
	h := open(t, "sqlite")
	var now rulesInForce
	first := h.ask(http.StatusOK, "GET", "/v1/rules", nil)
	first.into(&now)
	if now.Number != 0 || !strings.Contains(now.Text, "buyer") {
		t.Errorf("%+v", now)
	}
	h.ask(http.StatusNotModified, "GET", "/v1/rules", nil, "If-None-Match", first.head.Get("ETag"))

	var tried struct {
		Faults []struct{ Line int }
		Trial  *struct {
			Of, Seen    int
			Tags, Tiers []struct {
				Name            string
				Now, Then, Gain int
			}
		}
	}
	h.ask(http.StatusOK, "POST", "/v1/rules/trial", map[string]any{"text": "tags:\n  - {name: a}\n"}).into(&tried)
	if len(tried.Faults) != 1 || tried.Faults[0].Line != 2 || tried.Trial != nil {
		t.Errorf("%+v", tried)
	}
	h.ask(http.StatusOK, "POST", "/v1/rules/trial", map[string]any{"text": better}).into(&tried)
	if tried.Trial == nil || tried.Trial.Seen != tried.Trial.Of || tried.Trial.Tags[0].Gain == 0 || tried.Trial.Tags[0].Then != tried.Trial.Tags[0].Now+tried.Trial.Tags[0].Gain {
		t.Fatalf("%+v", tried)
	}

	rulesAreSaved(h, first.head.Get("ETag"))
	rulesGoPageByPage(h)
}

// rulesAreSaved saves twice over what a first GET gave, and goes back.
func rulesAreSaved(h *house, first string) {
	t := h.t
	t.Helper()
	var now rulesInForce
	h.ask(http.StatusPreconditionRequired, "PUT", "/v1/rules", map[string]any{"text": better})
	h.ask(http.StatusUnprocessableEntity, "PUT", "/v1/rules", map[string]any{"text": "tags: 1"}, "If-Match", first)
	saved := h.ask(http.StatusOK, "PUT", "/v1/rules", map[string]any{"text": better}, "If-Match", first)
	saved.into(&now)
	if now.Number != 1 || now.Author != "li" || now.Text != better {
		t.Errorf("%+v", now)
	}
	if row := h.trail.last(); row.Action != "rules" || row.Fields != "save" || row.Outcome != "ok" {
		t.Errorf("%+v", row)
	}
	h.ask(http.StatusPreconditionFailed, "PUT", "/v1/rules", map[string]any{"text": "tags: []"}, "If-Match", first)
	h.ask(http.StatusOK, "PUT", "/v1/rules", map[string]any{"text": "tags: []"}, "If-Match", saved.head.Get("ETag")).into(&now)
	h.ask(http.StatusNotFound, "POST", "/v1/rules/rollback", map[string]any{"version": 7}, "If-Match", `"2-x"`)
	h.ask(http.StatusOK, "POST", "/v1/rules/rollback", map[string]any{"version": 1}, "If-Match", `"2-x"`).into(&now)
	if now.Number != 3 || now.Text != better {
		t.Errorf("%+v", now)
	}
}

func rulesGoPageByPage(h *house) {
	t := h.t
	t.Helper()
	var now rulesInForce
	var all page[rulesInForce]
	h.ask(http.StatusOK, "GET", "/v1/rules/versions?limit=2", nil).into(&all)
	if len(all.Items) != 2 || all.Items[0].Number != 3 || all.Next == "" {
		t.Errorf("%+v", all)
	}
	h.ask(http.StatusOK, "GET", "/v1/rules/versions?cursor="+all.Next, nil).into(&all)
	if len(all.Items) != 1 || all.Items[0].Number != 1 {
		t.Errorf("%+v", all)
	}
	h.ask(http.StatusOK, "GET", "/v1/rules/versions/2", nil).into(&now)
	h.ask(http.StatusNotFound, "GET", "/v1/rules/versions/9", nil)
	if now.Text != "tags: []" {
		t.Errorf("%+v", now)
	}
}

func TestASegmentIsSavedUnderANameAndGivenOut(t *testing.T) {
	h := open(t, "sqlite")
	type saved struct {
		ID, Name string
		Days     []struct{ Members, Profiled int }
	}
	var one saved
	made := h.ask(http.StatusCreated, "POST", "/v1/segments", map[string]any{"name": "常客", "segment": "orders >= 2"})
	made.into(&one)
	if len(one.Days) != 1 || one.Days[0].Members == 0 {
		t.Errorf("%+v", one)
	}
	h.ask(http.StatusConflict, "POST", "/v1/segments", map[string]any{"name": "常客", "segment": "true"})
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/segments", map[string]any{"name": "x", "segment": "orders >"})
	path := "/v1/segments/" + one.ID
	h.ask(http.StatusPreconditionRequired, "PUT", path, map[string]any{"name": "b", "segment": "true"})
	h.ask(http.StatusOK, "PUT", path, map[string]any{"name": "regulars", "segment": "orders >= 2"}, "If-Match", made.head.Get("ETag")).into(&one)
	h.ask(http.StatusPreconditionFailed, "PUT", path, map[string]any{"name": "c", "segment": "true"}, "If-Match", made.head.Get("ETag"))
	var all page[saved]
	h.ask(http.StatusOK, "GET", "/v1/segments", nil).into(&all)
	if len(all.Items) != 1 || all.Items[0].Name != "regulars" || len(all.Items[0].Days) != 1 {
		t.Errorf("%+v", all)
	}
	got := h.ask(http.StatusOK, "GET", "/v1/segments/regulars", nil)
	h.ask(http.StatusUnprocessableEntity, "PUT", path, map[string]any{"name": "d", "segment": "true"}, "If-Match", `"0-0"`)
	h.ask(http.StatusUnprocessableEntity, "DELETE", path, nil, "If-Match", `"0-0"`)

	out := h.ask(http.StatusOK, "POST", "/v1/segments/export", map[string]any{"segment": "orders >= 2"})
	lines := strings.Split(strings.TrimSpace(string(out.body)), "\n")
	if len(lines) != 1+one.Days[0].Profiled || !strings.Contains(lines[0], "id,name,phone,") || !strings.Contains(lines[1], "****") {
		t.Errorf("%d lines: %q", len(lines), lines[:2])
	}
	for _, whole := range []string{"13800001234", "13900005678", "张丽"} {
		if strings.Contains(string(out.body), whole) {
			t.Errorf("the file says %s", whole)
		}
	}
	h.ask(http.StatusPreconditionFailed, "DELETE", path, nil, "If-Match", `"1-0"`)
	h.ask(http.StatusNoContent, "DELETE", path, nil, "If-Match", got.head.Get("ETag"))
	h.ask(http.StatusNotFound, "GET", path, nil)
}

// TestWhoHasJustWithdrawnIsInNoExport has the word taken back after the snapshot was read.
func TestWhoHasJustWithdrawnIsInNoExport(t *testing.T) {
	h := open(t, "sqlite")
	has := func() bool {
		out := h.ask(http.StatusOK, "POST", "/v1/segments/export", map[string]any{"segment": "true", "marketing": true})
		return strings.Contains(string(out.body), "m_zhang_li")
	}
	if !has() {
		t.Error("who has agreed is not there")
	}
	h.ask(http.StatusOK, "PUT", "/v1/members/m_zhang_li/consent/marketing", map[string]any{"given": false})
	if has() {
		t.Error("who has withdrawn is in the file")
	}
}

// TestASegmentThatFailsIsNotKept saves an expression that cannot be worked out for all, and
// counts others beside one that fails since it was saved.
func TestASegmentThatFailsIsNotKept(t *testing.T) {
	h := open(t, "sqlite")
	fails := "1 % (orders - orders) == 0"
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/segments", map[string]any{"name": "bad", "segment": fails})
	h.ask(http.StatusNotFound, "GET", "/v1/segments/bad", nil)
	h.ask(http.StatusUnprocessableEntity, "POST", "/v1/members/search", map[string]any{"segment": fails})
	made := h.ask(http.StatusCreated, "POST", "/v1/segments", map[string]any{"name": "good", "segment": "orders >= 0"})
	h.ask(http.StatusUnprocessableEntity, "PUT", "/v1/segments/good", map[string]any{"name": "good", "segment": fails}, "If-Match", made.head.Get("ETag"))
	h.ask(http.StatusCreated, "POST", "/v1/segments", map[string]any{"name": "also", "segment": "true"})

	err := h.store.Change(t.Context(), func(tx *sql.Tx) error { // what its members did has changed
		_, err := tx.ExecContext(t.Context(), `UPDATE segments SET expression = $1 WHERE name = 'also'`, fails)
		if err == nil {
			_, err = tx.ExecContext(t.Context(), `DELETE FROM segment_counts`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	type saved struct {
		Name, Fail string
		Days       []struct{ Members int }
	}
	var all page[saved]
	h.ask(http.StatusOK, "GET", "/v1/segments", nil).into(&all)
	if len(all.Items) != 2 || all.Items[0].Fail == "" || len(all.Items[0].Days) != 0 || all.Items[1].Fail != "" || len(all.Items[1].Days) != 1 {
		t.Errorf("%+v", all)
	}
	var one saved
	h.ask(http.StatusOK, "GET", "/v1/segments/also", nil).into(&one)
	if one.Fail == "" {
		t.Errorf("%+v", one)
	}
}

// TestWhichRoleMayAskWhat holds each route about rules and segments to each role.
func TestWhichRoleMayAskWhat(t *testing.T) {
	h := open(t, "sqlite")
	count, rules, list := "supervisor marketing analyst", "supervisor marketing admin", "supervisor marketing"
	for route, may := range map[string]string{
		"GET /v1/segments":         count,
		"POST /v1/segments":        rules,
		"GET /v1/segments/x":       count,
		"PUT /v1/segments/x":       rules,
		"DELETE /v1/segments/x":    rules,
		"POST /v1/segments/export": list,
		"GET /v1/rules":            rules,
		"PUT /v1/rules":            rules,
		"POST /v1/rules/trial":     rules,
		"POST /v1/rules/rollback":  rules,
		"GET /v1/rules/versions":   rules,
		"GET /v1/rules/versions/1": rules,
	} {
		method, path, _ := strings.Cut(route, " ")
		for _, role := range access.Roles() {
			*h.asker = access.Principal{ID: "t", Name: "somebody", Role: role}
			if role.Scoped() {
				h.asker.Scope = member.Scope{Partner: "p"}
			}
			status := h.status(method, path)
			if allowed := strings.Contains(" "+may+" ", " "+string(role)+" "); allowed == (status == http.StatusForbidden) {
				t.Errorf("%s by %s: %d", route, role, status)
			}
		}
	}
}
