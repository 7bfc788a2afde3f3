package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"huike/dialog"
)

// maxCells bounds the work of a comparison, in pairs of lines.
const maxCells = 16 << 20

// Diff compares two journals and returns what differs as text for a person,
// empty when they tell the same. Lines of a only begin with "-", lines of b
// only with "+"; an event that came at another time begins with "~".
func Diff(a, b []Event) string {
	left, right := render(a), render(b)
	head := 0
	for head < len(left) && head < len(right) && left[head].text == right[head].text {
		head++
	}
	tail := 0
	for tail < len(left)-head && tail < len(right)-head &&
		left[len(left)-1-tail].text == right[len(right)-1-tail].text {
		tail++
	}
	var out strings.Builder
	for i := range head {
		moved(&out, left[i], right[i])
	}
	middle(&out, left[head:len(left)-tail], right[head:len(right)-tail])
	for i := tail; i > 0; i-- {
		moved(&out, left[len(left)-i], right[len(right)-i])
	}
	return out.String()
}

// rendered is an event as a line of a comparison.
type rendered struct {
	at   Milliseconds
	text string
}

func render(events []Event) []rendered {
	out := make([]rendered, len(events))
	for i := range events {
		out[i] = rendered{at: events[i].At, text: describe(events[i])}
	}
	return out
}

// describe returns an event without its time, short where it is a common one.
func describe(e Event) string {
	switch {
	case e.Type == TypeSpeech && e.On:
		return fmt.Sprintf("speech %s begins", e.Party)
	case e.Type == TypeSpeech:
		return fmt.Sprintf("speech %s ends", e.Party)
	case e.Type == TypeCaption && e.Party == dialog.Agent:
		return fmt.Sprintf("caption agent turn %d clause %d %q", e.Turn, e.Clause, e.Text)
	case e.Type == TypeCaption && e.Final:
		return fmt.Sprintf("caption %s turn %d final %q", e.Party, e.Turn, e.Text)
	case e.Type == TypeCaption:
		return fmt.Sprintf("caption %s turn %d partial %q", e.Party, e.Turn, e.Text)
	}
	e.At = 0
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Sprintf("%s (%v)", e.Type, err)
	}
	kind := fmt.Sprintf(`{"type":%q,"at":0`, e.Type)
	rest := strings.TrimPrefix(strings.TrimPrefix(string(data), kind), ",")
	return strings.TrimSpace(fmt.Sprintf("%s %s", e.Type, strings.TrimSuffix(rest, "}")))
}

func moved(out *strings.Builder, a, b rendered) {
	if a.at != b.at {
		fmt.Fprintf(out, "~ %s %s (%+d ms)\n", clock(a.at), a.text, b.at-a.at)
	}
}

// middle writes the differences of what is neither common head nor tail, by the
// longest common subsequence.
func middle(out *strings.Builder, a, b []rendered) {
	if len(a)*len(b) > maxCells {
		fmt.Fprintf(out, "! %d and %d events differ too much to be set side by side\n", len(a), len(b))
		return
	}
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width)
	for i := range slices.Backward(a) {
		for j := range slices.Backward(b) {
			if a[i].text == b[j].text {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i].text == b[j].text:
			moved(out, a[i], b[j])
			i, j = i+1, j+1
		case j == len(b) || (i < len(a) && common[(i+1)*width+j] >= common[i*width+j+1]):
			fmt.Fprintf(out, "- %s %s\n", clock(a[i].at), a[i].text)
			i++
		default:
			fmt.Fprintf(out, "+ %s %s\n", clock(b[j].at), b[j].text)
			j++
		}
	}
}
