package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheShopLearnsWhatItCouldNotAnswer asks in a call what nobody has written down, has
// a person answer it on the page, and asks again in the next call, with no restart;
// then the same for an example that leads to a flow, a roll-back, and a file.
func TestTheShopLearnsWhatItCouldNotAnswer(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	const odd, hint = "do your llamas spit at wedding guests", "gimme the zorbly tally of bonus thingies"
	ask := func(pairs ...string) { // a question and its answer, and the next
		t.Helper()
		c := s.call(t, "ws", "en", james)
		c.hears("Hello Mr Smith")
		for i := 0; i < len(pairs); i += 2 {
			c.types(pairs[i])
			c.hears(pairs[i+1])
		}
		c.hangUp()
	}
	ask(odd, "Sorry", hint, "Sorry")
	until(t, "the call to be scored", func() bool {
		_, body := s.ask("/v1/quality")
		return strings.Contains(body, `"calls":1,"scored":1,`)
	})

	b := startBrowser(t, "")
	page := b.open(s.url("/learn#token=" + token + "&agent=Anna"))
	page.says("#unanswered .cluster", odd)
	page.says("#rate", "0 of 2")
	page.says("#coverage", "1 of 1 finished calls")
	write := func(words string) {
		t.Helper()
		page.shows("the cluster of "+words, `[...document.querySelectorAll(".cluster")].find((e) => e.textContent.includes("`+words+`"))?.querySelector(".write")`)
		look[bool](page, `[...document.querySelectorAll(".cluster")].find((e) => e.textContent.includes("`+words+`")).querySelector(".write").click(), true`)
	}
	write("llamas")
	page.accessible()
	page.fits("learn")
	page.do("answer", chromedp.SendKeys(chromedp.CSS(`#write [name="en"]`), "Our llamas are well behaved.", chromedp.NodeVisible))
	page.click("#approve")
	page.says("#learned", "Of 2, 0 were answered before, 1 are now.")
	ask(odd, "well behaved")

	write("zorbly")
	page.do("the flow", chromedp.SetValue(chromedp.CSS(`#write [name="flow"]`), "points.balance", chromedp.NodeVisible))
	look[bool](page, `document.querySelector('#write [name="flow"]').dispatchEvent(new Event("change", {bubbles: true}))`)
	page.click("#approve")
	page.says("#learned", "1 were answered before, 2 are now")
	ask(hint, "1099 points")

	page.click("#versions .back") // to the first: with the llamas, without the tally
	page.says("#versions", "rollback to 1")
	ask(hint, "Sorry")

	// In Chinese, and no wider than the window.
	page.do("Chinese", chromedp.Navigate(s.url("/learn?lang=zh")))
	page.says("#unanswered-title", "未能回答的问题")
	page.says("#quality", "写入前复述并得到同意")
	page.do("size", chromedp.EmulateViewport(390, 860))
	page.shows("nothing out of the page", `document.documentElement.scrollWidth <= innerWidth`)
	page.clean()

	file := filepath.Join(t.TempDir(), "faq.csv")
	if err := os.WriteFile(file, []byte("question,answer_en\ndo your llamas spit at wedding guests,They do not any more.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, notes, err := execute(t, nil, "knowledge", "import", file, "--add", "--data="+s.data); err != nil {
		t.Fatal(out, notes, err)
	}
	until(t, "the imported answers", func() bool {
		_, body := s.ask("/v1/shop")
		return strings.Contains(body, `"knowledge":4,`)
	})
	ask(odd, "not any more")
	out, notes, err := execute(t, nil, "quality", "--data="+s.data)
	if err != nil || !strings.Contains(out, "(100 %)") {
		t.Errorf("huike quality: %s%s%v", out, notes, err)
	}
}
