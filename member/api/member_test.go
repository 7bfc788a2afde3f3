package api_test

import (
	"net/http"
	"strings"
	"testing"

	"huike/member"
	"huike/member/api"
	"huike/member/audit"
	"huike/member/store/storetest"
)

type hit struct{ ID, Name, Phone, Tier string }

func TestSearch(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		h := open(t, kind)
		for _, test := range []struct {
			name string
			wish map[string]any
			want string // ids
		}{
			{"a number in any form", map[string]any{"q": "138 0000 1234"}, "m_zhang_li"},
			{"a number with its country", map[string]any{"q": "+8613800001234"}, "m_zhang_li"},
			{"a card", map[string]any{"q": "card:880001"}, "m_zhang_li"},
			{"a card without its kind", map[string]any{"q": "880001"}, "m_zhang_li"},
			{"an id", map[string]any{"q": "m_zhang_li"}, "m_zhang_li"},
			{"a whole name", map[string]any{"q": "张丽"}, "m_zhang_li"},
			{"a surname in either case", map[string]any{"q": "smith"}, "m_james_smith"},
			{"a name in Latin letters, in either order", map[string]any{"q": "Smith  James"}, "m_james_smith"},
			{"a part of a name finds nobody", map[string]any{"q": "Smi"}, ""},
			{"nobody's number", map[string]any{"q": "13912341234"}, ""},
			{"a tag", map[string]any{"tag": "hiking"}, "m_james_smith"},
			{"a segment", map[string]any{"segment": `has("hiking") and tier == "bronze"`}, ""},
		} {
			var got page[hit]
			a := h.ask(http.StatusOK, "POST", "/v1/members/search", test.wish)
			a.into(&got)
			ids := []string{}
			for _, one := range got.Items {
				ids = append(ids, one.ID)
			}
			if strings.Join(ids, " ") != test.want {
				t.Errorf("%s: %v, want %s", test.name, ids, test.want)
			}
			for _, secret := range []string{"13800001234", "张丽", "Smith", "James"} {
				if strings.Contains(string(a.body), secret) {
					t.Errorf("%s: the answer tells of %s: %s", test.name, secret, a.body)
				}
			}
			if test.want != "" && (h.trail.last().Member != test.want || h.trail.last().Reader != "li") {
				t.Errorf("%s: the trail has %+v", test.name, h.trail.last())
			}
		}
	}
}

func TestSearchGoesPageByPage(t *testing.T) {
	h := open(t, "sqlite")
	seen, cursor := map[string]int{}, ""
	for pages := 0; ; pages++ {
		var got page[hit]
		h.ask(http.StatusOK, "POST", "/v1/members/search", map[string]any{"segment": "true", "limit": 2, "cursor": cursor}).into(&got)
		for _, one := range got.Items {
			seen[one.ID]++
		}
		if cursor = got.Next; cursor == "" {
			break
		}
		if pages > 20 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) < 4 {
		t.Errorf("found %v", seen)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was shown %d times", id, n)
		}
	}
}

func TestWhatIsWrongIsNamedInBothLanguages(t *testing.T) {
	h := open(t, "sqlite")
	for _, test := range []struct {
		name, method, path string
		body               any
		status             int
		code, en, zh       string
	}{
		{"nobody", "GET", "/v1/members/m_nobody", nil, 404, "member-unknown", "search", "没有这个编号"},
		{"no purpose", "GET", "/v1/members/m_zhang_li?purpose=fun", nil, 422, "value", `purpose "fun"`, "fun"},
		{"too many", "GET", "/v1/members/m_zhang_li/timeline?limit=1000", nil, 422, "value", "1 to 200", "1 至 200"},
		{"another's cursor", "GET", "/v1/members/m_zhang_li/timeline?cursor=xx", nil, 422, "cursor", "next", "next"},
		{"no such kind", "GET", "/v1/members/m_zhang_li/timeline?kinds=order,dance", nil, 422, "value", "dance", "dance"},
		{"nothing to search for", "POST", "/v1/members/search", map[string]any{}, 422, "search", "one of q", "之一"},
		{"two things at once", "POST", "/v1/members/search", map[string]any{"q": "a", "tag": "b"}, 422, "search", "one of q", "之一"},
		{"a field that nobody knows", "POST", "/v1/members/search", map[string]any{"name": "x"}, 400, "body", "unknown field", "openapi"},
		{"a bad expression", "POST", "/v1/segments/count", map[string]any{"segment": "orders >"}, 422, "segment", "orders >", "orders >"},
		{"a word that no expression has", "POST", "/v1/segments/count", map[string]any{"segment": "money > 3"}, 422, "segment", "money", "money"},
		{"a consent for nothing", "PUT", "/v1/members/m_zhang_li/consent/fun", map[string]any{"given": true, "notice": "n"}, 422, "value", "fun", "fun"},
		{"a yes to no notice", "PUT", "/v1/members/m_zhang_li/consent/location", map[string]any{"given": true}, 422, "value", "notice", "告知书"},
		{"a tag that is a number", "PUT", "/v1/members/m_zhang_li/tags/13800001234", nil, 422, "tag-name", "64 bytes", "64 字节"},
		{"a rule's tag", "DELETE", "/v1/members/m_zhang_li/tags/buyer", nil, 409, "tag-by-rule", "rule", "规则"},
		{"no ETag", "PUT", "/v1/members/m_zhang_li/tags/x", nil, 422, "value", "If-Match", "ETag"},
		{"a way that is none", "PATCH", "/v1/tiers", nil, 405, "method", "PATCH", "PATCH"},
		{"a place that is none", "GET", "/v1/members/", nil, 404, "route", "openapi", "openapi"},
		{"an end before its beginning", "GET", "/v1/audit?from=2026-02-01&to=2026-01-01", nil, 422, "value", "after from", "晚于"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.t = t
			head := []string{"Accept-Language", "en"}
			if test.name == "no ETag" {
				head = append(head, "If-Match", "yesterday")
			}
			a := h.ask(test.status, test.method, test.path, test.body, head...)
			var p struct{ Type, Detail string }
			a.into(&p)
			if p.Type != "urn:huike:"+test.code || !strings.Contains(p.Detail, test.en) || a.head.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%+v", p)
			}
			head[1] = "zh-CN,zh;q=0.9"
			h.ask(test.status, test.method, test.path, test.body, head...).into(&p)
			if !strings.Contains(p.Detail, test.zh) {
				t.Errorf("in Chinese: %s", p.Detail)
			}
		})
	}
}

func TestWhoMayNotAskIsToldSoAndTraced(t *testing.T) {
	h := open(t, "sqlite")
	h.asker.Role = member.RoleRobot
	h.ask(http.StatusForbidden, "GET", "/v1/members/m_zhang_li", nil)
	if row := h.trail.last(); row.Outcome != audit.Denied || row.Role != "robot" {
		t.Errorf("%+v", row)
	}
	h.asker.Role = member.RoleAgent
	h.ask(http.StatusForbidden, "GET", "/v1/audit", nil)
	h.asker.Role = member.RoleSupervisor
	h.trail.full = true
	for _, path := range []string{"/v1/members/m_zhang_li", "/v1/members/m_zhang_li/timeline", "/v1/audit", "/v1/tiers"} {
		if a := h.ask(http.StatusServiceUnavailable, "GET", path, nil); !strings.Contains(string(a.body), "trail") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestAMemberAsTheReaderMaySeeThem(t *testing.T) {
	h := open(t, "sqlite")
	a := h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li", nil, "X-Call", "c_7")
	var got struct {
		Phone string
		Name  map[string]string
		May   struct{ Identity, History, Preference, Location bool }
	}
	a.into(&got)
	if got.Phone != "138****1234" || got.Name["family"] != "张" || !got.May.History || got.May.Location {
		t.Errorf("%+v", got)
	}
	if row := h.trail.last(); row.Call != "c_7" || row.Purpose != "service" || row.Member != "m_zhang_li" {
		t.Errorf("%+v", row)
	}
	h.ask(http.StatusNotModified, "GET", "/v1/members/m_zhang_li", nil, "If-None-Match", `"x", W/`+a.head.Get("ETag"))
	if h.trail.last().Action != audit.Get {
		t.Error("a read that was answered with 304 is in no trail")
	}
	h.asker.Role = member.RoleAnalyst
	a = h.ask(http.StatusOK, "GET", "/v1/members/m_zhang_li?purpose=profiling", nil)
	if text := string(a.body); strings.Contains(text, "张") || strings.Contains(text, "138") || !strings.Contains(text, "consumption") {
		t.Errorf("an analyst sees %s", text)
	}
}

func TestRoutesAreUnderTheirPatterns(t *testing.T) {
	for _, route := range api.Routes() {
		_, path, _ := strings.Cut(route, " ")
		under := false
		for _, pattern := range api.Patterns() {
			under = under || path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
		}
		if !under {
			t.Errorf("no server has %s", route)
		}
	}
}
