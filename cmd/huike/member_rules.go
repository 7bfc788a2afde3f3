package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"huike/member/tag"
)

// Rules in the store: a running server takes the newest within a second.

type tagsTry struct {
	File string `arg:"" help:"YAML file of rules." type:"existingfile"`
	JSON bool   `help:"Print a JSON object."`
	tagKeeper
}

// Run counts what the rules of a file would change.
func (c *tagsTry) Run(ctx context.Context, to streams) error {
	r, err := tag.Read(c.File)
	if err != nil {
		return err
	}
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	if err := k.CatchUp(ctx); err != nil {
		return err
	}
	told := time.Now()
	trial, err := k.Try(ctx, r, func(seen int) bool {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "\r%d members", seen)
		}
		return false
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(trial)
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tTODAY\tWOULD\tMORE\tFEWER")
	for _, e := range append(trial.Tags, trial.Tiers...) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", cmp.Or(e.Name, "(no tier)"), e.Now, e.Then, e.Gain, e.Lose)
	}
	return table.Flush()
}

type tagsSave struct {
	File string `arg:"" help:"YAML file of rules." type:"existingfile"`
	tagKeeper
}

// Run puts the rules of a file in force.
func (c *tagsSave) Run(ctx context.Context, to streams) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return c.change(ctx, to, "save", func(k *tag.Keeper, newest int) (tag.Version, error) {
		return k.Save(ctx, newest, text, operator(), tag.FromPage)
	})
}

type tagsBack struct {
	Version int `arg:"" help:"The version to go back to."`
	tagKeeper
}

// Run puts the rules of an earlier version in force.
func (c *tagsBack) Run(ctx context.Context, to streams) error {
	return c.change(ctx, to, fmt.Sprint("back to ", c.Version), func(k *tag.Keeper, newest int) (tag.Version, error) {
		v, err := k.Back(ctx, newest, c.Version, operator())
		if errors.Is(err, tag.ErrVersion) {
			err = fmt.Errorf("%w; see huike member tags versions", err)
		}
		return v, err
	})
}

// change saves rules once the trail says so.
func (c *tagKeeper) change(ctx context.Context, to streams, what string, do func(k *tag.Keeper, newest int) (tag.Version, error)) error {
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was saved is committed
	now, err := k.InForce(ctx)
	if err != nil {
		return err
	}
	if err := traced(ctx, s, "", "rules", what); err != nil {
		return err
	}
	v, err := do(k, now.Number)
	if err == nil {
		fmt.Fprintf(to.out, "version %d: %d tags, %d tiers; running servers take it within a second\n", v.Number, v.Tags, v.Tiers)
	}
	return err
}

type tagsVersions struct {
	Version int  `arg:"" optional:"" help:"Print the rules of this version."`
	Limit   int  `help:"How many at most." default:"20"`
	JSON    bool `help:"Print JSON."`
	tagKeeper
}

// Run prints the versions, newest first, or the text of one.
func (c *tagsVersions) Run(ctx context.Context, to streams) error {
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	if c.Version > 0 {
		v, err := k.Version(ctx, c.Version)
		if err == nil {
			fmt.Fprint(to.out, v.Text)
		}
		return err
	}
	all, err := k.Versions(ctx, 0, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(to.notes, "no rules were saved: those of --tag-rules, or those that a shop starts with, are in force")
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	for i := range all {
		v := &all[i]
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d tags\t%d tiers\n", v.Number, v.At.Format(time.DateTime), v.Author, v.Origin, v.Tags, v.Tiers)
	}
	return table.Flush()
}
