package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"huike/session/journal/score"
)

// qualityCommand holds the kept calls to the shop's rules.
type qualityCommand struct {
	Data  string `help:"Folder of the data." default:"var" env:"HUIKE_DATA" type:"path"`
	Shop  string `help:"Folder with the shop's flows, and its quality.yaml; default: the rules that come with huike." env:"HUIKE_SHOP" type:"existingdir" placeholder:"DIR"`
	Rules string `help:"Try these rules instead: a YAML file." type:"existingfile" placeholder:"FILE"`
	Most  int    `help:"Calls with violations to print." default:"20"`
	JSON  bool   `help:"Print JSON."`
	callKeys
}

// Run prints how many calls were held to the rules, and which rules were broken.
func (c *qualityCommand) Run(ctx context.Context, to streams) error {
	rules, err := loadRules(c.Shop)
	if c.Rules != "" {
		var data []byte
		if data, err = os.ReadFile(c.Rules); err == nil {
			rules, err = score.Load(data)
		}
	}
	if err != nil {
		return err
	}
	calls, done, err := c.calls(ctx, c.Data)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // only read
	report := rules.Report(calls)
	if c.JSON {
		return json.NewEncoder(to.out).Encode(report)
	}
	fmt.Fprintf(to.out, "%d finished calls, %d held to the rules (%.0f %%), %d with nothing broken; rules %s\n",
		report.Calls, report.Scored, 100*report.Coverage, report.Clean, report.Version)
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	for _, r := range report.Rules {
		fmt.Fprintf(table, "%d\t%s\t%s\n", report.Violations[r.ID], r.ID, r.Title["en"])
	}
	for _, call := range report.Broken[:min(c.Most, len(report.Broken))] {
		fmt.Fprintf(table, "%s\t%s\t%s\n", call.Call, call.Began, strings.Join(call.Broken, " "))
	}
	return table.Flush()
}
