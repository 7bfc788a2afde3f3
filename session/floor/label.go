// Package floor tells how well an agent held and yielded the floor in calls whose
// callers are labelled: who makes which sound when. It reads the labels and gives the
// measures of the τ-voice leaderboard; it hears nothing and decides nothing.
package floor

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/audio/rttm"
)

// Kind is what a labelled sound, or silence, of the caller's side is.
type Kind string

// The kinds of labels. A Turn goes from its first to its last sound, with the Pauses
// that lie in it; an Interruption is a turn that is meant to stop the agent.
const (
	Turn         Kind = "turn"
	Interruption Kind = "interruption"
	Pause        Kind = "pause"
	Backchannel  Kind = "backchannel" // "mm-hm" or "okay": go on
	Tic          Kind = "tic"         // a cough, laughter, a sneeze, "um"
	Aside        Kind = "aside"       // speech to somebody else, or somebody else's
)

// Label is one line of a label file.
type Label struct {
	rttm.Span
	Kind     Kind
	Who      string // "caller", or a name for another voice
	Complete bool   // of a turn: the caller expects an answer after it
	Words    string
}

// Labels are those of a recording, by time.
type Labels struct {
	Lang   string // BCP 47; "" is "en"
	Labels []Label
}

// ErrFormat is the error, wrapped, of a line that is no label.
var ErrFormat = errors.New("no label")

const longest = 24 * time.Hour

// Parse reads a label file: a line for each label with START, END (seconds), KIND, WHO,
// COMPLETE (yes, no or -) and WORDS, separated by tabs. The last three may be left out.
// A line "# lang zh" names the language; other lines that begin with # say nothing.
func Parse(r io.Reader) (Labels, error) {
	var out Labels
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), "\r")
		if lang, ok := strings.CutPrefix(text, "# lang "); ok {
			out.Lang = strings.TrimSpace(lang)
		}
		if strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#") {
			continue
		}
		l, err := parseLine(strings.Split(text, "\t"))
		if err != nil {
			return Labels{}, fmt.Errorf("line %d: %w", n, err)
		}
		out.Labels = append(out.Labels, l)
	}
	sortLabels(out.Labels)
	return out, lines.Err()
}

func parseLine(fields []string) (l Label, err error) {
	if len(fields) < 3 {
		return l, fmt.Errorf("%w: %d fields between tabs, want START END KIND WHO COMPLETE WORDS", ErrFormat, len(fields))
	}
	for i, at := range []*time.Duration{&l.From, &l.To} {
		v, err := strconv.ParseFloat(strings.TrimSpace(fields[i]), 64)
		if err != nil || !(v >= 0 && v <= longest.Seconds()) {
			return l, fmt.Errorf("%w: time %q, want seconds such as 4.250", ErrFormat, fields[i])
		}
		*at = time.Duration(v*1e6+0.5) * time.Microsecond
	}
	if l.To < l.From {
		return l, fmt.Errorf("%w: it ends at %v, before it begins at %v", ErrFormat, l.To, l.From)
	}
	l.Kind, l.Who, l.Complete = Kind(strings.TrimSpace(fields[2])), "caller", true
	switch l.Kind {
	case Turn, Interruption, Pause, Backchannel, Tic, Aside:
	default:
		return l, fmt.Errorf("%w: kind %q, want turn, interruption, pause, backchannel, tic or aside", ErrFormat, fields[2])
	}
	if len(fields) > 3 {
		l.Who = strings.TrimSpace(fields[3])
	}
	if len(fields) > 4 {
		l.Complete = strings.TrimSpace(fields[4]) != "no"
	}
	if len(fields) > 5 {
		l.Words = strings.TrimSpace(fields[5])
	}
	return l, nil
}

func sortLabels(labels []Label) {
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
}

// breath is the longest silence inside a turn where only RTTM labels a recording.
const breath = 1200 * time.Millisecond

// FromRTTM makes labels of RTTM lines. A speaker whose name is a kind (backchannel, tic,
// aside, interruption) labels that; any other is the caller, and stretches of one
// speaker that are less than 1.2 s apart are one turn with pauses.
func FromRTTM(segments []rttm.Segment) Labels {
	var out Labels
	last := map[string]int{}
	for _, s := range segments {
		kind := Kind(s.Speaker)
		switch kind {
		case Backchannel, Tic, Aside, Interruption:
		default:
			kind = Turn
			if at, ok := last[s.Speaker]; ok && s.From-out.Labels[at].To < breath {
				if s.From > out.Labels[at].To {
					out.Labels = append(out.Labels, Label{Span: rttm.Span{From: out.Labels[at].To, To: s.From}, Kind: Pause, Who: s.Speaker})
				}
				out.Labels[at].To = max(out.Labels[at].To, s.To)
				continue
			}
			last[s.Speaker] = len(out.Labels)
		}
		out.Labels = append(out.Labels, Label{Span: s.Span, Kind: kind, Who: s.Speaker, Complete: true})
	}
	sortLabels(out.Labels)
	return out
}

// WriteTo writes the labels as Parse reads them.
func (l Labels) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	b.WriteString("# lang " + cmp.Or(l.Lang, "en") + "\n# start\tend\tkind\twho\tcomplete\twords\n")
	for _, label := range l.Labels {
		complete := "-"
		if label.Kind == Turn || label.Kind == Interruption {
			complete = map[bool]string{true: "yes", false: "no"}[label.Complete]
		}
		fmt.Fprintf(&b, "%.3f\t%.3f\t%s\t%s\t%s\t%s\n", label.From.Seconds(), label.To.Seconds(), label.Kind, label.Who, complete, label.Words)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
