package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"huike/member/predict"
	"huike/member/predict/churn"
	"huike/member/predict/dataset"
)

// evalPredictCommand fits one purchase model.
type evalPredictCommand struct {
	File  string `arg:"" help:"Purchases, plain or gzip: CDNOW's lines of customer, date (YYYYMMDD), units and money, or a CSV with the columns customer_id, datetime and net_value." type:"existingfile"`
	Model string `help:"What to fit: ${enum}." enum:"bgnbd,mbgnbd,paretonbd,gammagamma" default:"bgnbd"`
	Weeks int    `help:"Weeks from the first purchase of all that the fit may see; 0: all." default:"0"`
	JSON  bool   `help:"Print a JSON object."`
}

// fitted is what evalPredictCommand prints.
type fitted struct {
	Params map[string]float64 `json:"params"`
	LogLik float64            `json:"loglik"`
}

// Run fits the model and prints its parameters. A fit that degenerates is an error.
func (c *evalPredictCommand) Run(to streams) error {
	members, first, last, err := readPurchases(c.File)
	if err != nil {
		return err
	}
	if c.Weeks < 0 {
		return fmt.Errorf("--weeks %d: want 0 or more", c.Weeks)
	}
	if c.Weeks > 0 {
		last = first.AddDate(0, 0, 7*c.Weeks-1) // its day belongs to the weeks
	}
	began := time.Now()
	var all []predict.Summary
	for _, purchases := range members {
		if s, ok := predict.Summarize(purchases, last); ok {
			all = append(all, s)
		}
	}
	out, repeaters, err := fit(c.Model, all)
	if err != nil {
		return fmt.Errorf("%s: %w: forecasts would rest on each member's own gaps", c.File, err)
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%s of %d members, %d with a repeat purchase, %s to %s (%v)\n", c.Model, len(all), repeaters,
		first.Format(time.DateOnly), last.Format(time.DateOnly), time.Since(began).Round(10*time.Millisecond))
	for _, name := range []string{"r", "alpha", "a", "b", "s", "beta", "p", "q", "v"} {
		if v, there := out.Params[name]; there {
			fmt.Fprintf(to.out, "  %-6s %10.4f\n", name, v)
		}
	}
	fmt.Fprintf(to.out, "  log-likelihood %.2f\n", out.LogLik)
	return nil
}

func fit(model string, all []predict.Summary) (out fitted, repeaters int, err error) {
	if model == "gammagamma" {
		m, logLik, err := predict.FitMoney(all)
		for _, s := range all {
			if s.Repeats > 0 {
				repeaters++
			}
		}
		return fitted{map[string]float64{"p": m.P, "q": m.Q, "v": m.V}, logLik}, repeaters, err
	}
	f, err := predict.Fit(predict.Kind(model), all)
	return fitted{f.Params, f.LogLik}, f.Repeaters, err
}

// readPurchases reads a file, and when its first and last purchases were.
func readPurchases(path string) (members [][]predict.Purchase, first, last time.Time, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, first, last, err
	}
	defer file.Close() //nolint:errcheck // only read
	customers, err := dataset.Read(file)
	if err != nil {
		return nil, first, last, fmt.Errorf("%s: %w", path, err)
	}
	for _, c := range customers {
		members = append(members, c.Purchases)
		if at := c.Purchases[0].At; first.IsZero() || at.Before(first) {
			first = at
		}
		if at := c.Purchases[len(c.Purchases)-1].At; at.After(last) {
			last = at
		}
	}
	return members, first, last, nil
}

// evalChurnCommand holds the risk of losing members to what they did.
type evalChurnCommand struct {
	File  string `arg:"" help:"Purchases, plain or gzip: CDNOW's lines of customer, date (YYYYMMDD), units and money, or a CSV with the columns customer_id, datetime and net_value." type:"existingfile"`
	Split string `help:"First day that is hidden (YYYY-MM-DD): what was bought before it is known, and what is bought from it on is to be foretold." required:"" placeholder:"DATE"`
	JSON  bool   `help:"Print a JSON object."`
}

// Run trains before the split, scores after it, and prints both.
func (c *evalChurnCommand) Run(to streams) error {
	split, err := time.Parse(time.DateOnly, c.Split)
	if err != nil {
		return fmt.Errorf("--split %q: want a day such as 1997-10-01", c.Split)
	}
	members, first, last, err := readPurchases(c.File)
	if err != nil {
		return err
	}
	if !split.After(first) || !split.Before(last) {
		return fmt.Errorf("--split %s: want a day between %s and %s", c.Split, first.Format(time.DateOnly), last.Format(time.DateOnly))
	}
	trial, err := churn.Try(members, split)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if math.IsNaN(trial.AUC) {
		return errors.New("after the split everybody came back, or nobody: there is nothing to tell apart")
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(trial)
	}
	c.print(to, &trial)
	return nil
}

func (c *evalChurnCommand) print(to streams, trial *churn.Trial) {
	fmt.Fprintf(to.out, "%d members known before %s, of whom %d bought nothing from then on\n", trial.N, c.Split, trial.Lost)
	fmt.Fprintf(to.out, "AUC %.4f; of the purchase model alone %.4f\n", trial.AUC, trial.Plain)
	if trial.Degenerate != nil {
		fmt.Fprintf(to.out, "%v: a steady rate stands in for it\n", trial.Degenerate)
	}
	fmt.Fprintf(to.out, "%10s %10s %8s\n", "foretold", "happened", "members")
	for _, b := range trial.Calibration {
		fmt.Fprintf(to.out, "%10.3f %10.3f %8d\n", b.Predicted, b.Observed, b.N)
	}
	for _, reading := range slices.Sorted(maps.Keys(trial.Rules)) {
		h := trial.Rules[reading]
		fmt.Fprintf(to.out, "silent for more than %.1f of the usual cycle: %d of %d members warned of; precision %.3f, recall %.3f\n",
			float64(reading), h.Warned, h.Members, h.Precision(), h.Recall())
	}
}
