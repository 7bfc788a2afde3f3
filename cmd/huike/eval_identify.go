package main

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"huike/dialog/identify"
)

// evalIdentifyCommand lets recorded callers say who they are.
type evalIdentifyCommand struct {
	Records   string  `help:"Members, CSV, plain or gzip, with the columns scenario_id, postcode, name_first, name_last and dob (YYYY-MM-DD), as in EVI." required:"" type:"existingfile"`
	Dialogues string  `help:"Answers, tab-separated, plain or gzip, with the columns dialogue_id, scenario_id, item, attempt_num and nbest (a JSON list), as in EVI." required:"" type:"existingfile"`
	Accept    float64 `help:"Posterior from which a member is taken to be the caller." default:"0.97"`
	Strangers bool    `help:"Take the callers' own records out first: nobody should be accepted."`
	JSON      bool    `help:"Print a JSON object."`
}

// identified is what evalIdentifyCommand prints; right, wrong and referred are
// shares of N.
type identified struct {
	N           int     `json:"n"`
	Right       float64 `json:"right"`
	Wrong       float64 `json:"wrong"`
	Referred    float64 `json:"referred"`
	Questions   float64 `json:"questions"`   // for each caller
	Unlabelled  int     `json:"unlabelled"`  // dialogues of which the file names no record; not in N
	Mislabelled int     `json:"mislabelled"` // dialogues that speak of another record throughout; not in N
	MeanMS      float64 `json:"mean_ms"`     // to take one answer and decide
	MaxMS       float64 `json:"max_ms"`
}

// Run asks every caller as a conversation would, and compares.
func (c *evalIdentifyCommand) Run(ctx context.Context, to streams) error {
	if c.Accept <= 0 || c.Accept >= 1 {
		return fmt.Errorf("--accept %g: want a number between 0 and 1", c.Accept)
	}
	records, err := readRecords(c.Records)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Records, err)
	}
	callers, err := readCallers(c.Dialogues)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dialogues, err)
	}
	out, err := c.try(ctx, to, records, callers)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%d callers, %d records: right %.2f %%, wrong %.2f %%, passed on %.2f %%; %.1f questions for each\n",
		out.N, len(records), 100*out.Right, 100*out.Wrong, 100*out.Referred, out.Questions)
	fmt.Fprintf(to.out, "left out: %d of which the file names no record, %d who gave another record's code, name and birthday and nothing of the named one's\n",
		out.Unlabelled, out.Mislabelled)
	fmt.Fprintf(to.out, "an answer took %.1f ms, at most %.1f ms\n", out.MeanMS, out.MaxMS)
	return nil
}

func (c *evalIdentifyCommand) try(ctx context.Context, to streams, records []identify.Record, callers []evalCaller) (identified, error) {
	config := identify.Config{Accept: c.Accept}
	register := identify.New(records, config)
	asked := register
	if c.Strangers {
		asked = identify.New(without(records, callers), config)
	}
	var out identified
	var right, wrong, referred, questions int
	var spent time.Duration
	began, told := time.Now(), time.Now()
	for i, caller := range callers {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "%d of %d callers, %.0f s\n", i, len(callers), time.Since(began).Seconds())
		}
		switch labelled, spoken := caller.label(register); {
		case !labelled:
			out.Unlabelled++
			continue
		case !spoken:
			out.Mislabelled++
			continue
		}
		d, n, took, slowest := caller.ask(asked)
		questions, spent = questions+n, spent+took
		out.MaxMS = max(out.MaxMS, slowest.Seconds()*1000)
		switch {
		case d.Action != identify.Accept:
			referred++
		case d.Candidate.ID == caller.id:
			right++
		default:
			wrong++
		}
	}
	if out.N = right + wrong + referred; out.N == 0 {
		return out, errors.New("no dialogue names a record of the file")
	}
	share := func(n int) float64 { return float64(n) / float64(out.N) }
	out.Right, out.Wrong, out.Referred, out.Questions = share(right), share(wrong), share(referred), share(questions)
	out.MeanMS = spent.Seconds() * 1000 / float64(questions)
	return out, nil
}

// without is the records of nobody who calls.
func without(records []identify.Record, callers []evalCaller) []identify.Record {
	calls := map[string]bool{}
	for _, c := range callers {
		calls[c.id] = true
	}
	var rest []identify.Record
	for _, r := range records {
		if !calls[r.ID] {
			rest = append(rest, r)
		}
	}
	return rest
}

// evalCaller is one dialogue.
type evalCaller struct {
	id      string // of the record that the caller was to be
	answers map[identify.Field][][]string
}

// ask has the conversation, and says how many questions it took.
func (c *evalCaller) ask(r *identify.Register) (d identify.Decision, questions int, took, slowest time.Duration) {
	caller := r.Begin()
	for d = caller.Decide(); d.Action == identify.Ask; {
		var heard []string
		if given := c.answers[d.Field]; d.Attempt < len(given) {
			heard = given[d.Attempt]
		}
		began := time.Now()
		caller.Hear(d.Field, heard)
		d = caller.Decide()
		questions++
		took += time.Since(began)
		slowest = max(slowest, time.Since(began))
	}
	return d, questions, took, slowest
}

// label says whether the file names a record, and whether the caller spoke of it:
// she did not where all that she ever said of the three fields is another
// record's, and nothing is this one's.
func (c *evalCaller) label(r *identify.Register) (labelled, spoken bool) {
	caller := r.Begin()
	if _, labelled = caller.Standing(c.id); !labelled {
		return false, false
	}
	for field, answers := range c.answers {
		for _, heard := range answers {
			caller.Hear(field, heard)
		}
	}
	named, _ := caller.Standing(c.id)
	best, _ := caller.Candidates(1)
	return true, named.Agree > 0 || best[0].Agree < len(c.answers)
}

func readRecords(path string) ([]identify.Record, error) {
	var out []identify.Record
	err := eachRow(path, ',', []string{"scenario_id", "postcode", "name_first", "name_last", "dob"}, func(row []string) error {
		born, err := time.Parse(time.DateOnly, row[4])
		if err != nil && row[4] != "" {
			return fmt.Errorf("dob: want a day such as 1970-12-31 or nothing")
		}
		out = append(out, identify.Record{ID: row[0], Code: row[1], First: row[2], Last: row[3], Born: born})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("there are no records")
	}
	return out, err
}

func readCallers(path string) ([]evalCaller, error) {
	var out []evalCaller
	number := map[string]int{}
	err := eachRow(path, '\t', []string{"dialogue_id", "scenario_id", "item", "attempt_num", "nbest"}, func(row []string) error {
		i, ok := number[row[0]]
		if !ok {
			i = len(out)
			number[row[0]] = i
			out = append(out, evalCaller{id: row[1], answers: map[identify.Field][][]string{}})
		}
		field := map[string]identify.Field{"postcode": identify.Code, "name": identify.Name, "dob": identify.Born}[row[2]]
		if field == "" {
			return fmt.Errorf("item %q: want postcode, name or dob", row[2])
		}
		heard, err := readAlternatives(row[4])
		if err != nil {
			return err
		}
		out[i].answers[field] = append(out[i].answers[field], heard)
		return nil
	})
	return out, err
}

// readAlternatives reads a JSON list, or one as Python prints it: EVI has both.
func readAlternatives(text string) (heard []string, err error) {
	if json.Unmarshal([]byte(text), &heard) == nil {
		return heard, nil
	}
	inner, opened := strings.CutPrefix(strings.TrimSpace(text), "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, errors.New("nbest: want a JSON list of strings")
	}
	for one := range strings.SplitSeq(inner, ", ") {
		if one = strings.Trim(one, "'\""); one != "" {
			heard = append(heard, one)
		}
	}
	return heard, nil
}

// eachRow gives the named columns of each row of a table with a header.
func eachRow(path string, comma rune, columns []string, take func([]string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	in := io.Reader(file)
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	table := csv.NewReader(in)
	table.Comma, table.ReuseRecord, table.LazyQuotes = comma, true, true
	header, err := table.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	at := make([]int, len(columns))
	for i, name := range columns {
		at[i] = -1
		for k, h := range header {
			if h == name {
				at[i] = k
			}
		}
		if at[i] < 0 {
			return fmt.Errorf("there is no column %q", name)
		}
	}
	row := make([]string, len(columns))
	for {
		all, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, k := range at {
			row[i] = all[k]
		}
		if err := take(row); err != nil {
			line, _ := table.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}
