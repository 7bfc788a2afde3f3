package llm

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"huike/dialog"
	"huike/member"
)

// Veil stands between a call and a model: numbers, names, addresses and the shop's
// records go to the model as names in brackets, "[order_number_1]", and what stands
// behind them is filled in on this side. One goroutine uses it; the zero value is
// ready.
type Veil struct {
	Open   bool                      // the member has agreed that records may be shown to a model
	Called func(value string) string // how the agent calls a thing of the shop's by its id; nil: as it stands
	behind map[string]string
	names  map[string]string // by what is behind: its name
	count  map[string]int
}

// shown are slots whose words say nothing of who calls: names of the shop's own.
func shown(slot string) bool {
	switch slot {
	case "product", "store", "service", "field", "answer", "choice", "date", "product_text":
		return true
	}
	return false
}

// Hide returns text as a model may read it: the details that were found in it, and
// every other digit, hidden.
func (v *Veil) Hide(said string, slots []dialog.Slot) string {
	for _, s := range slots {
		if shown(s.Name) || s.Heard == "" {
			continue
		}
		if i := indexFold(said, s.Heard); i >= 0 {
			said = said[:i] + v.put(s.Name, said[i:i+len(s.Heard)]) + said[i+len(s.Heard):]
		}
	}
	var b strings.Builder
	at := 0
	for _, span := range bracketed.FindAllStringIndex(said, -1) {
		b.WriteString(masked(said[at:span[0]]))
		b.WriteString(said[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(masked(said[at:]))
	return b.String()
}

// masked hides every digit, written or spoken as a telephone number is.
func masked(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return '#'
		}
		return c
	}, member.Mask(text))
}

// put hides a value, always under the same name.
func (v *Veil) put(kind, value string) string {
	if v.behind == nil {
		v.behind, v.names, v.count = map[string]string{}, map[string]string{}, map[string]int{}
	}
	key := kind + "=" + value
	if name := v.names[key]; name != "" {
		return name
	}
	v.count[kind]++
	name := fmt.Sprintf("[%s_%d]", kind, v.count[kind])
	v.names[key], v.behind[name] = name, value
	return name
}

// Rows hides the values of what the shop has answered, but for words that only say how
// something stands; where the member has agreed, only numbers and names of people.
func (v *Veil) Rows(rows []map[string]string) []map[string]string {
	out := make([]map[string]string, len(rows))
	for i, row := range rows {
		out[i] = map[string]string{}
		for _, column := range slices.Sorted(maps.Keys(row)) {
			value := row[column]
			switch {
			case value == "" || column == "status" || column == "code":
				out[i][column] = value
			case v.Open && !personal(column) && !strings.ContainsAny(value, "0123456789"):
				out[i][column] = value
			default:
				out[i][column] = v.put(column, value)
			}
		}
	}
	return out
}

func personal(column string) bool {
	return strings.Contains(column, "phone") || strings.Contains(column, "name") || strings.Contains(column, "address")
}

// bracketed is what hidden values are called.
var bracketed = regexp.MustCompile(`\[[a-z_0-9]+_[0-9]+\]`)

// Show fills in what is hidden. It returns false where a name hides nothing, or where
// a digit stands in text that was hidden from the model: it made it up.
func (v *Veil) Show(said string) (string, bool) {
	known := true
	bare := bracketed.ReplaceAllString(said, "")
	if strings.ContainsAny(bare, "0123456789[]{}<>") {
		known = false
	}
	return bracketed.ReplaceAllStringFunc(said, func(name string) string {
		value, ok := v.behind[name]
		known = known && ok
		if v.Called != nil {
			value = v.Called(value)
		}
		return value
	}), known
}

// Behind returns what text stands for: itself, or what a name in brackets hides.
func (v *Veil) Behind(text string) string {
	if value, ok := v.behind[strings.TrimSpace(text)]; ok {
		return value
	}
	return text
}

// Said are all values that are hidden: what was said in this call, and what the shop
// has answered.
func (v *Veil) Said() []string { return slices.Sorted(maps.Values(v.behind)) }

// indexFold is strings.Index without regard to the case of ASCII letters.
func indexFold(text, part string) int {
	for i := 0; i+len(part) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}
