package main

import (
	"strings"
	"testing"
)

// TestAPersonIsCorrectedAndForgottenOnThePage goes from the churn warning to a member, has
// a supervisor put the name right, and an administrator forget the person.
func TestAPersonIsCorrectedAndForgottenOnThePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	p := b.open(s.url("/members?lang=en#token=" + token + "&agent=Li"))
	p.shows("the search", `document.querySelector("#q")`)
	p.shows("the figures", `(location.hash = "#/figures", document.querySelector('#churn a[href*="warn=half"]') && document.querySelector(".heat a"))`)
	p.fits("figures")
	p.click(`#churn a[href*="warn=half"]`)
	p.says("#condition", "usual gap")
	p.shows("an answer", `document.querySelector("#found").textContent.includes("member") || document.querySelector("#found").textContent.includes("Nobody")`)
	p.accessible()
	p.shows("the figures", `(location.hash = "#/figures", document.querySelector(".heat a"))`)
	p.click(".heat a")
	p.shows("who is behind the number", `document.querySelectorAll("#results tbody tr").length > 0`)

	p.shows("the member", `(location.hash = "#/m/m_james_smith", document.querySelector("#correct-open"))`)
	p.says("#rights", "An administrator")
	p.opens("correct")
	p.fills(`#correct [name="family_en"]`, "Smythe")
	p.accessible()
	p.fits("correct")
	p.click(`#correct button[type="submit"]`)
	p.says("#who", "James Smythe")
	p.clean()

	key, notes, err := execute(t, nil, "member", "token", "create", "Root", "--role=admin", "--data="+s.data)
	if err != nil {
		t.Fatal(notes, err)
	}
	p = b.open(s.url("/members?lang=zh#token=" + strings.Fields(key)[0]))
	p.says("#me", "Root")
	p.shows("the member", `(location.hash = "#/m/m_james_smith", document.querySelector("#erase-open"))`)
	p.opens("erase")
	p.fills(`#erase [name="confirm"]`, "m_james")
	p.says("#erase-hint", "还不是")
	p.shows("nothing to press", `document.querySelector("#erase .danger").disabled`)
	p.fills(`#erase [name="confirm"]`, "m_james_smith")
	p.accessible()
	p.fits("erase")
	p.presses("#erase .danger")
	p.says("#erased", "已被遗忘")
	p.shows("nothing of the person", `!document.body.innerText.includes("Smythe")`)
	p.fits("erased")
	p.clean()
}

// opens presses the button that opens a form of the member's page until the form is
// there: cards above it are still being filled and move it away from under a pointer.
func (p *tab) opens(form string) {
	p.t.Helper()
	p.shows("the form", `((button) => button.getAttribute("aria-expanded") === "false" && button.click())(document.querySelector("#`+form+`-open")), `+
		`document.querySelector("#`+form+` [name]")`)
}
