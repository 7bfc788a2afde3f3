package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"huike/dialog/nlu/classify"
)

// evalNLUCommand trains the classifier of intents and measures it.
type evalNLUCommand struct {
	Train string  `help:"Sentences to learn from: a text, a tab and a label on each line, plain or gzip. The label oos is what is out of scope." required:"" type:"existingfile" placeholder:"FILE"`
	Test  string  `help:"Sentences to be measured on, of the same form." required:"" type:"existingfile" placeholder:"FILE"`
	Val   string  `help:"Sentences to calibrate with: held out first, then learned from too." type:"existingfile" placeholder:"FILE"`
	OOS   string  `name:"oos" help:"Sentences that are all out of scope, to be measured on; a label on a line is not read." type:"existingfile" placeholder:"FILE"`
	Share float64 `help:"Share of what is out of scope that is to be refused, as held-out examples show; 0: nothing is refused." default:"0.68"`
	Quick bool    `help:"Train the linear part alone, in a tenth of the time, as is done anyway with fewer than 2,000 sentences."`
	JSON  bool    `help:"Print a JSON object."`
}

// outOfScope is the label of sentences that are none of the classifier's business.
const outOfScope = "oos"

// understoodRight is what evalNLUCommand prints.
type understoodRight struct {
	N         int     `json:"n"`          // test sentences in scope
	Accuracy  float64 `json:"accuracy"`   // share of them answered right; a refusal is wrong
	OOSRecall float64 `json:"oos_recall"` // share of the sentences out of scope that were refused; 0 without any
	MacroF1   float64 `json:"macro_f1"`   // over the labels of the test sentences
	Micros    float64 `json:"us_per_query"`
	TrainS    float64 `json:"train_s"`
}

// Run trains, measures and prints.
func (c *evalNLUCommand) Run(to streams) error {
	if c.Share < 0 || c.Share > 1 {
		return fmt.Errorf("--share %v: want 0 to 1", c.Share)
	}
	var train, test, val, oos []classify.Example
	for _, f := range []struct {
		path string
		into *[]classify.Example
	}{{c.Train, &train}, {c.Test, &test}, {c.Val, &val}, {c.OOS, &oos}} {
		if f.path == "" {
			continue
		}
		list, err := readLabelled(f.path, f.into == &oos)
		if err != nil {
			return err
		}
		*f.into = list
	}
	cfg := classify.Config{Out: outOfScope, Held: val, Refuse: c.refuse(train, test, val), Quick: c.Quick, Seed: 1, Progress: func(share float64) {
		fmt.Fprintf(to.notes, "\rtraining: %3.0f %%", 100*share)
	}}
	began := time.Now()
	model, err := classify.Train(train, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Train, err)
	}
	trained := time.Since(began).Seconds()
	fmt.Fprint(to.notes, "\r               \r")
	out := c.measure(model, test, oos)
	out.TrainS = trained
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%d sentences of %d labels: %.2f %% right, macro F1 %.2f %%; out of scope refused: %.2f %%\n", out.N, len(model.Labels()), 100*out.Accuracy, 100*out.MacroF1, 100*out.OOSRecall)
	fmt.Fprintf(to.out, "trained in %.1f s; %.0f µs a sentence\n", out.TrainS, out.Micros)
	return nil
}

// refuse is the share to be refused: nothing where no file has anything that is
// out of scope, since then nobody asks for it.
func (c *evalNLUCommand) refuse(files ...[]classify.Example) float64 {
	if c.OOS != "" {
		return c.Share
	}
	for _, list := range files {
		for _, e := range list {
			if e.Label == outOfScope {
				return c.Share
			}
		}
	}
	return 0
}

// measure asks for every sentence once.
func (c *evalNLUCommand) measure(m *classify.Model, test, oos []classify.Example) understoodRight {
	type counts struct{ right, said, there float64 }
	by := map[string]*counts{}
	of := func(label string) *counts {
		if by[label] == nil {
			by[label] = &counts{}
		}
		return by[label]
	}
	var out understoodRight
	right, refused, outside := 0, 0, 0
	began := time.Now()
	for _, e := range append(append([]classify.Example{}, test...), oos...) {
		a := m.Classify(e.Text)
		if e.Label == outOfScope {
			outside++
			if !a.Known {
				refused++
			}
			continue
		}
		out.N++
		of(e.Label).there++
		if !a.Known {
			continue
		}
		of(a.Label).said++
		if a.Label == e.Label {
			right++
			of(e.Label).right++
		}
	}
	out.Micros = float64(time.Since(began).Microseconds()) / float64(max(1, out.N+outside))
	out.Accuracy = float64(right) / math.Max(1, float64(out.N))
	out.OOSRecall = float64(refused) / math.Max(1, float64(outside))
	labels := 0.0
	for _, n := range by {
		if n.there > 0 {
			labels++
			out.MacroF1 += 2 * n.right / (n.said + n.there)
		}
	}
	out.MacroF1 /= math.Max(1, labels)
	return out
}

// longestLine is how many bytes a sentence and its label may have.
const longestLine = 1 << 20

// readLabelled reads lines of text, tab and label; with oos, the label is set.
func readLabelled(path string, oos bool) ([]classify.Example, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	var r io.Reader = bufio.NewReader(file)
	if magic, _ := r.(*bufio.Reader).Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var out []classify.Example
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // some editors' mark of UTF-8
		}
		text, label, _ := strings.Cut(line, "\t")
		label = strings.TrimSpace(label)
		switch {
		case strings.TrimSpace(line) == "":
		case oos:
			out = append(out, classify.Example{Text: text, Label: outOfScope})
		case label == "":
			return nil, fmt.Errorf("%s:%d: no tab and label behind the text", path, n)
		default:
			out = append(out, classify.Example{Text: text, Label: label})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no sentences in it", path)
	}
	return out, nil
}
