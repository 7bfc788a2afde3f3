package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// fills types a text into a field of the page, over what stood there.
func (p *tab) fills(selector, text string) {
	p.t.Helper()
	p.shows(selector, fmt.Sprintf(`document.querySelector(%q)?.disabled === false`, selector))
	p.do("clear "+selector, chromedp.Focus(chromedp.CSS(selector)))
	look[bool](p, fmt.Sprintf(`(() => { const f = document.querySelector(%q); f.select?.(); return true; })()`, selector))
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// accessible holds the page to axe-core's rules for WCAG 2.1 A and AA: labels, names,
// contrast, structure.
func (p *tab) accessible() {
	p.t.Helper()
	script, err := os.ReadFile(filepath.Join("web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("%v; make build fetches it", err)
	}
	if _, err := chromedp.Call(p.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: string(script) + "; true"}); err != nil {
		p.t.Fatal(err)
	}
	const found = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then((r) =>
		r.violations.map((v) => v.id + ": " + v.help + "\n" + v.nodes.slice(0, 4).map((n) => "  " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join("\n")).join("\n"))`
	if wrong := look[string](p, found); wrong != "" {
		p.t.Errorf("the page is not accessible:\n%s", wrong)
	}
}

// fits checks that nothing reaches out of the page on a laptop, a tablet and a telephone,
// and keeps a picture of each where one is wanted.
func (p *tab) fits(name string) {
	p.t.Helper()
	for _, size := range []struct{ wide, high int64 }{{1280, 860}, {820, 1180}, {390, 844}} {
		p.do("size", chromedp.EmulateViewport(size.wide, size.high))
		p.shows("nothing out of the page", `document.documentElement.scrollWidth <= innerWidth`)
		if folder := os.Getenv(pictures); folder != "" {
			p.snap(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, size.wide)))
		}
	}
	p.do("size", chromedp.EmulateViewport(1280, 860))
}

// snap keeps a picture of the whole page.
func (p *tab) snap(name string) {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, png, 0o600); err != nil {
		p.t.Error(err)
	}
}

// TestAMemberIsFoundAndSeenWhole searches by number, opens the 360° view, labels the
// member by hand and withdraws a consent.
func TestAMemberIsFoundAndSeenWhole(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=zh#token=" + token + "&agent=李安"))
	p.fills("#q", zhangLi+"\n")
	p.says("#results", "138****1234")
	p.shows("no whole name and no whole number", `!document.body.innerText.includes("张丽") && !document.body.innerText.includes("`+zhangLi+`")`)
	p.shows("nothing of it in the address", `!location.href.includes("1234")`)
	p.accessible()
	p.fits("search")
	p.click("#results a")
	p.says("#who", "张丽")
	p.says("#who", "金卡")
	p.says("#timeline", "10023")
	p.says("#timeline", "已发货")
	p.fills("#tag-name", "易怒\n")
	p.shows("the tag", `document.querySelector('#labels [data-tag="易怒"]')`)
	p.says("#labels .history", "李安")
	p.click(`#timeline [data-kind="tag"]`)
	p.says("#timeline .happenings", "易怒")
	p.accessible()
	p.fits("person")
	p.click("#lang-en")
	p.says("#labels", "Easily upset")
	p.click(`#labels [data-tag="易怒"] button`)
	p.shows("the tag gone", `!document.querySelector('#labels [data-tag="易怒"]')`)

	p.click(`#consent [data-purpose="profiling"] button`)
	p.do("withdraw", chromedp.Click(chromedp.CSS(`#consent [data-purpose="profiling"] form .danger`), chromedp.NodeVisible))
	p.shows("the consent withdrawn", `document.querySelector('#consent [data-purpose="profiling"]').dataset.given === "false"`)
	p.says("#labels", "Withheld")
	if log := p.log.String(); strings.Count(log, "\n") > strings.Count(log, "status of 412") { // the tag may have come between
		t.Errorf("the page's console:\n%s", log)
	}
}

// TestSegmentsAreCountedAsTheyAreWritten writes a segment, lists it, and opens the
// pictures, the trail and the decisions.
func TestSegmentsAreCountedAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=en#token=" + token + "&agent=Li"))
	p.shows("the search", `document.querySelector("#q")`)
	p.shows("segments", `(location.hash = "#/segments", document.querySelector("#segment"))`)
	p.fills("#segment", "orders >= 2")
	p.shows("a count", `+document.querySelector("#counted").dataset.members > 0`)
	p.fills("#segment", "orders >")
	p.says("[role=alert]", "orders >")
	p.fills("#segment", "true")
	p.shows("all of them", `document.querySelector("#counted").dataset.members === document.querySelector("#counted meter")?.max + ""`)
	p.click("#list")
	p.shows("rows", `document.querySelectorAll("#rows tbody tr:not(.gap)").length > 3`)
	p.accessible()
	p.fits("segments")
	for _, page := range []struct{ name, shows string }{
		{"figures", `document.querySelector("#tiers-chart canvas") && document.querySelector(".heat a")`},
		{"audit", `[...document.querySelectorAll("#trail td")].some((c) => c.textContent === "segment")`},
		{"merges", `document.querySelector("#pairs")`},
	} {
		p.shows(page.name, `(location.hash = "#/`+page.name+`", `+page.shows+`)`)
		p.accessible()
		p.fits(page.name)
	}
	if log := p.log.String(); strings.Count(log, "\n") > strings.Count(log, "status of 422") {
		t.Errorf("the page's console:\n%s", log)
	}
}

// TestAFileIsImportedInSight imports two files, of which one has a broken line.
func TestAFileIsImportedInSight(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=en#token=" + token))
	p.shows("the search", `document.querySelector("#q")`)
	p.shows("imports", `(location.hash = "#/imports", document.querySelector("#import-file"))`)
	give := func(text string) {
		look[bool](p, `(() => { const f = document.querySelector("#import-file"), d = new DataTransfer();
			d.items.add(new File([`+"`"+text+"`"+`], "people.csv", {type: "text/csv"})); f.files = d.files;
			f.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
		p.click("#imports form button")
	}
	give("phone,family_name,consent\n13311112222,林,service\n")
	p.shows("the end of it", `document.querySelector('#imports .jobs [data-state="done"]')`)
	p.says("#imports .jobs", "1 taken")
	give("phone\nnobody\n")
	p.shows("the refusal", `document.querySelector('#imports .jobs [data-state="failed"]')`)
	p.says("#imports .jobs", "Line 2")
	p.accessible()
	p.fits("imports")
	p.clean()
}
