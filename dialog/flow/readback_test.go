package flow

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"huike/dialog"
	"huike/dialog/wording"
)

var holders = regexp.MustCompile(`\{(slot|heard|date|time|row)\.([a-z_0-9]+)`)

// atReadBack stands before a read-back with everything filled in that it names, but
// for lost.
func atReadBack(def *Definition, w *flow, at int, lost string) *Conversation {
	c := New(def, dialog.English)
	c.state.Person = Person{Known: true}
	c.state.Day = "2026-05-18"
	f := c.push(w.Name, nil)
	f.Node = at
	row := map[string]string{}
	for _, text := range w.Nodes[at].With {
		for _, m := range holders.FindAllStringSubmatch(text, -1) {
			value := "10023"
			if m[1] == "date" || m[1] == "time" {
				value = "wedT15:00"
			}
			if lost != "" && strings.HasSuffix(lost, "."+m[2]) {
				value = []string{"", " ", "\t", "\u3000"}[rand.IntN(4)]
			}
			if m[1] == "row" {
				row[m[2]] = value
			} else {
				f.Slots[m[2]] = dialog.Slot{Name: m[2], Value: value, Heard: value}
			}
		}
	}
	f.Rows = []map[string]string{row}
	return c
}

func TestNobodyIsAskedForAYesToAReadBackThatLostAPart(t *testing.T) {
	def := load(t)
	words, err := wording.Open(Shop, "shop/wording.yaml")
	if err != nil {
		t.Fatal(err)
	}
	readBacks := 0
	for _, w := range def.file.Flows {
		for at, n := range w.Nodes {
			if n.Confirm == "" {
				continue
			}
			readBacks++
			var out Output
			c := atReadBack(def, w, at, "")
			if !c.confirm(c.top(), n, &out) || len(out.Acts) != 1 || !c.Reading() {
				t.Errorf("%s: %s with everything in it: acts %v", w.Name, n.Confirm, out.Acts)
				continue
			}
			whole := out.Acts[0]
			for _, text := range n.With {
				lost := holders.FindString(text)
				if lost == "" {
					continue
				}
				out = Output{}
				c := atReadBack(def, w, at, lost)
				c.confirm(c.top(), n, &out)
				if c.Reading() || out.Expect.Kind == "yesno" || out.Handoff == nil || slices.ContainsFunc(out.Acts, func(a dialog.Act) bool { return a.Whole }) {
					t.Errorf("%s: %s without %s}: acts %v, expect %q, handoff %v", w.Name, n.Confirm, lost, out.Acts, out.Expect.Kind, out.Handoff)
				}
			}
			neverInPart(t, words, whole)
		}
	}
	if readBacks < 10 {
		t.Errorf("%d read-backs were tried", readBacks)
	}
}

// neverInPart words a read-back with any of its arguments lost: then nothing is said.
func neverInPart(t *testing.T, words *wording.Wording, whole dialog.Act) {
	t.Helper()
	for _, lang := range []dialog.Lang{dialog.English, dialog.Chinese} {
		full := words.Say(lang, whole, wording.Moment{})
		if len(full) == 0 {
			t.Errorf("%s in %s has no words", whole.Name, lang)
		}
		for range 20 {
			part := whole
			part.Args = maps.Clone(whole.Args)
			for name := range part.Args {
				if rand.IntN(3) == 0 {
					part.Args[name] = strings.Repeat(" ", rand.IntN(2))
				}
			}
			if said := words.Say(lang, part, wording.Moment{}); len(said) > 0 && len(said) != len(full) {
				t.Errorf("%s in %s with %v: %v: want all of it or nothing", whole.Name, lang, part.Args, said)
			}
		}
	}
}
