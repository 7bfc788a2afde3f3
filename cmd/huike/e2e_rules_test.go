package main

import (
	"strings"
	"testing"
)

// sets puts a text into a field, as pasting does.
func (p *tab) sets(selector, text string) {
	p.t.Helper()
	p.shows(selector, `document.querySelector(`+"`"+selector+"`"+`)?.disabled === false`)
	look[bool](p, `(() => { const f = document.querySelector(`+"`"+selector+"`"+`); f.focus(); f.value = `+"`"+text+"`"+`;
		f.dispatchEvent(new Event("input", {bubbles: true})); return true; })()`)
}

// presses clicks a button once it can be.
func (p *tab) presses(selector string) {
	p.t.Helper()
	p.shows(selector+" ready", `document.querySelector(`+"`"+selector+"`"+`)?.disabled === false`)
	p.click(selector)
}

// TestRulesAreEditedOnThePage writes rules that are wrong, mends them, sees what they would
// change, saves them, is overtaken by another editor, and goes back to the first version;
// the running server tags by them without a restart.
func TestRulesAreEditedOnThePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=en#token=" + token + "&agent=Li"))
	p.shows("the search", `document.querySelector("#q")`)
	p.shows("the rules", `(location.hash = "#/rules", document.querySelector("#effects")?.dataset.seen > 0)`)
	p.sets("#rules-text", "tags:\n  - {name: buyer, when: 'count(order, \"all\") > 0'}\n")
	p.says("#faults", "Line 2")
	p.says("#faults", `there is no "order" here`)
	p.shows("no saving of what is wrong", `document.querySelector("#rules-save").disabled`)
	p.sets("#rules-text", "tags:\n  - {name: buyer, when: 'count(orders, \"all\") > 0'}\n")
	p.shows("what it would change", `(r => r && r.dataset.now === "0" && r.dataset.then > 0)(document.querySelector('#effects [data-name="buyer"]'))`)
	p.accessible()
	p.fits("rules")
	p.presses("#rules-save")
	p.says("#rules-saved", "Version 1 is in force")
	until(t, "the tag on a member", func() bool {
		return look[bool](p, `fetch("/v1/members/m_zhang_li/tags", {headers: {Authorization: "Bearer `+token+`"}}).then((r) => r.text()).then((text) => text.includes('"buyer"'))`)
	})
	look[bool](p, `fetch("/v1/rules", {method: "PUT", headers: {Authorization: "Bearer `+token+`", "If-Match": '"1-0"', "X-Agent": "Wang"}, body: JSON.stringify({text: "tags: []\n"})}).then((r) => r.ok)`)
	p.sets("#rules-text", "tags:\n  - {name: shopper, when: 'count(orders, \"all\") > 0'}\n")
	p.presses("#rules-save")
	p.says("#overtaken", "Wang has saved version 2")
	p.click("#overtaken button")
	p.presses("#rules-save")
	p.says("#rules-saved", "Version 3 is in force")
	p.presses(`#versions [data-version="1"] .back`)
	p.says("#rules-saved", "Version 4 is in force")
	p.shows("the first rules", `document.querySelector("#rules-text").value.includes("buyer")`)
	if log := p.log.String(); strings.Count(log, "\n") > strings.Count(log, "status of 412") {
		t.Errorf("the page's console:\n%s", log)
	}
}

// TestASegmentIsNamedOnThePage saves a segment, renames it, and deletes it; by a token for
// marketing, who finds no page that is not theirs.
func TestASegmentIsNamedOnThePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	key, notes, err := execute(t, nil, "member", "token", "create", "Chen", "--role=marketing", "--data="+s.data)
	if err != nil {
		t.Fatal(key, notes, err)
	}
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=zh#token=" + strings.Fields(key)[0]))
	p.says("#me", "Chen · 营销")
	p.shows("no page that is not theirs", `!document.querySelector('.menu a[href="#/search"]') && !document.querySelector('.menu a[href="#/audit"]')`)
	p.shows("the segments", `(location.hash = "#/segments", document.querySelector("#segment"))`)
	p.fills("#segment", "orders >= 2")
	p.shows("a count", `+document.querySelector("#counted").dataset.members > 0`)
	p.fills("#saved-name", "常客\n")
	p.shows("it is saved", `document.querySelector('#saved [data-name="常客"] .figure')?.textContent > 0`)
	p.accessible()
	p.click(`#saved [data-name="常客"] .rename`)
	p.fills(`#saved form.inline input`, "老顾客\n")
	p.shows("its new name", `document.querySelector('#saved [data-name="老顾客"]') && !document.querySelector('#saved [data-name="常客"]')`)
	p.fits("saved")
	p.click(`#saved [data-name="老顾客"] .remove`)
	p.click(`#saved .danger`)
	p.says("#saved", "还没有")
	p.clean()
}
