package track

import (
	"slices"
	"strings"
)

// context is what was meant before a turn.
type context struct {
	last, before []Act  // of the turn before, and of the one before that
	domain       string // last spoken of
}

// after is the context of the next turn.
func (c context) after(acts []Act) context {
	next := context{last: acts, before: c.last, domain: c.domain}
	for _, want := range []func(Act) bool{
		func(a Act) bool { return a.Slot == "名称" && (a.Intent == "Recommend" || a.Intent == "Inform") },
		func(a Act) bool { return a.Intent == "Select" || a.Intent == "Request" },
		func(a Act) bool { return a.Intent != "General" },
	} {
		if i := slices.IndexFunc(acts, want); i >= 0 {
			next.domain = acts[i].Domain
			break
		}
	}
	return next
}

// features of the context that every decision has.
func (c context) features() []string {
	out := []string{"d=" + c.domain}
	for _, a := range c.last {
		key := a.Intent + "+" + a.Domain
		out = append(out, "l="+key, "ls="+key+"+"+plainSlot(a.Slot))
	}
	for _, a := range c.before {
		out = append(out, "b="+a.Intent+"+"+a.Domain, "bs="+a.Intent+"+"+a.Domain+"+"+plainSlot(a.Slot))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plainSlot is a slot without its option.
func plainSlot(slot string) string {
	name, _, _ := strings.Cut(slot, "-")
	return name
}

// masked is a text with a mark in place of each mention.
func masked(text string, found []mention) []string {
	var out []string
	at := 0
	split := func(s string) {
		for _, r := range s {
			out = append(out, string(r))
		}
	}
	for _, m := range found {
		split(text[at:m.from])
		out = append(out, "<"+m.kinds[0]+">")
		at = m.to
	}
	split(text[at:])
	return out
}

// whole is the features of a whole turn.
func whole(user bool, text string, found []mention, c context) []string {
	role := "s"
	if user {
		role = "u"
	}
	marks := masked(text, found)
	marks = append(append([]string{"^"}, marks...), "$")
	out := []string{role}
	for _, f := range c.features() {
		out = append(out, role+f)
	}
	for n := 1; n <= 4; n++ {
		for i := 0; i+n <= len(marks); i++ {
			gram := strings.Join(marks[i:i+n], "")
			out = append(out, gram)
			if n == 2 || n == 3 {
				out = append(out, gram+"|"+c.domain, role+gram)
			}
			if n == 2 {
				for _, a := range c.last {
					if a.Intent != "General" {
						out = append(out, gram+"|l"+a.Domain)
					}
				}
			}
		}
	}
	for _, m := range found {
		for _, k := range m.kinds {
			out = append(out, "k="+k, role+"k="+k+"|"+c.domain)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// around is the features of one mention.
func around(user bool, text string, found []mention, at int, c context, earlier []string) []string {
	role := "s"
	if user {
		role = "u"
	}
	m := found[at]
	kind := strings.Join(m.kinds, ",")
	left, right := masked(text[:m.from], before(found, at)), masked(text[m.to:], shifted(found, at))
	out := []string{role, role + "k=" + kind, "v=" + m.value, "d=" + c.domain + "|" + kind}
	for _, k := range m.kinds {
		out = append(out, "k="+k, role+"k="+k, "k="+k+"|"+c.domain)
	}
	for n := 1; n <= 6; n++ {
		l, r := tail(left, n), head(right, n)
		out = append(out, "L"+l, "R"+r)
		if n <= 3 {
			out = append(out, role+"L"+l+"|"+kind, role+"R"+r+"|"+kind, "LR"+l+"|"+r)
		}
	}
	out = append(out, near("nl", left, true)...)
	out = append(out, near("nr", right, false)...)
	for _, f := range c.features() {
		out = append(out, role+f, f+"|"+kind)
	}
	for _, e := range earlier {
		out = append(out, "e="+e, "e="+e+"|"+kind)
	}
	if n := len(earlier); n > 0 {
		out = append(out, "p="+earlier[n-1], "p="+earlier[n-1]+"|"+kind)
	}
	text2 := masked(text, found)
	for i := range len(text2) - 1 {
		out = append(out, "B"+text2[i]+text2[i+1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// near is the bigrams within reach of a mention, without their places.
func near(name string, marks []string, end bool) []string {
	const reach = 12
	if end {
		marks = marks[max(0, len(marks)-reach):]
	} else {
		marks = marks[:min(reach, len(marks))]
	}
	var out []string
	for i := range len(marks) - 1 {
		out = append(out, name+marks[i]+marks[i+1])
	}
	return out
}

func tail(marks []string, n int) string {
	if len(marks) < n {
		return "^" + strings.Join(marks, "")
	}
	return strings.Join(marks[len(marks)-n:], "")
}

func head(marks []string, n int) string {
	if len(marks) < n {
		return strings.Join(marks, "") + "$"
	}
	return strings.Join(marks[:n], "")
}

func before(found []mention, at int) []mention { return found[:at] }

// shifted is the mentions behind one, counted from its end.
func shifted(found []mention, at int) []mention {
	out := slices.Clone(found[at+1:])
	for i := range out {
		out[i].from -= found[at].to
		out[i].to -= found[at].to
	}
	return out
}
