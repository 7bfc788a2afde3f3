package tag

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Fault is one thing that is wrong in a file of rules, and what is wanted instead.
type Fault struct {
	Line int    `json:"line"` // from 1; 0 is the file as a whole
	EN   string `json:"en"`
	ZH   string `json:"zh"`
}

// Faults are what is wrong in a file of rules, in the order of its lines: what [Parse]
// returns.
type Faults struct { //nolint:errname // they are what is wrong, one or more
	File string
	All  []Fault // at least one
}

// Error names the file and the line of each fault, a fault a line.
func (f *Faults) Error() string {
	lines := make([]string, len(f.All))
	for i, one := range f.All {
		lines[i] = fmt.Sprintf("%s:%d: %s", f.File, one.Line, one.EN)
		if one.Line == 0 {
			lines[i] = f.File + ": " + one.EN
		}
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(line int, en, zh string) { f.All = append(f.All, Fault{line, en, zh}) }

// err is nil where nothing is wrong.
func (f *Faults) err() error {
	if len(f.All) == 0 {
		return nil
	}
	slices.SortStableFunc(f.All, func(a, b Fault) int { return a.Line - b.Line })
	return f
}

const (
	wantForm   = "want a list tags of name and when (or value), and a list tiers of name, when and rights"
	wantFormZH = "应为列表 tags（name 及 when 或 value）与列表 tiers（name、when、rights）"
)

var atLine = regexp.MustCompile(`^line (\d+): (.*)$`)

// unread turns what the YAML reader says into faults, without the names of this
// program's types.
func (f *Faults) unread(err error) {
	said := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	if one, ok := errors.AsType[*yaml.TypeError](err); ok {
		said = one.Errors
	}
	for _, text := range said {
		line := 0
		if found := atLine.FindStringSubmatch(text); found != nil {
			line, _ = strconv.Atoi(found[1])
			text = found[2]
		}
		text, _, _ = strings.Cut(text, " in type ")
		text, _, _ = strings.Cut(text, " into tag.")
		f.add(line, text+": "+wantForm, text+"："+wantFormZH)
	}
}
