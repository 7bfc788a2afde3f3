package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/user"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
	"huike/member/tag"
)

// tagsConfig is what the server's tags need.
type tagsConfig struct {
	TagRules string `help:"YAML file of the rules for tags and tiers with which a shop begins; each change of it becomes the newest version in the store, as those do that people save. Default: tags of the usual channel and place, and no tiers. 'huike member tags check' checks one." env:"HUIKE_TAG_RULES" placeholder:"FILE" type:"path" group:"Data"`
}

// openTags has tags follow what members do.
func (h *house) openTags(members *member.Directory) (err error) {
	h.tags, err = tag.New(h.store, tag.Config{File: h.config.TagRules, Members: members, Log: h.log})
	if err == nil {
		h.runWith(h.tags.Run)
	}
	return err
}

// memberTags keeps tags and tiers.
type memberTags struct {
	Check    tagsCheck    `cmd:"" help:"Check a file of rules and print its tags and tiers; an error names the line, the value and what is wanted."`
	Try      tagsTry      `cmd:"" help:"Count how many members the rules of a file would tag, beside how many have each tag today; nothing is changed."`
	Save     tagsSave     `cmd:"" help:"Put the rules of a file in force as a new version; running servers take it within a second."`
	Versions tagsVersions `cmd:"" help:"Print the versions of the rules, or the rules of one."`
	Back     tagsBack     `cmd:"" help:"Put the rules of an earlier version in force again, as a new version."`
	Sweep    tagsSweep    `cmd:"" help:"Hold every member to the rules now, with progress."`
	Show     tagsShow     `cmd:"" help:"Print a member's tags and how they came and went, with what made them so."`
	Add      tagsAdd      `cmd:"" help:"Put a tag on a member by hand."`
	Take     tagsTake     `cmd:"" help:"Take a tag off that was put on by hand."`
}

type tagsCheck struct {
	File string `arg:"" help:"YAML file of rules." type:"existingfile"`
}

// Run reads the rules.
func (c *tagsCheck) Run(to streams) error {
	r, err := tag.Read(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(to.out, "%d tags\n", len(r.Tags()))
	for _, name := range r.Tags() {
		fmt.Fprintf(to.out, "  %s\n", name)
	}
	fmt.Fprintf(to.out, "%d tiers\n", len(r.Tiers()))
	for _, name := range r.Tiers() {
		rights, _ := r.Rights(name)
		fmt.Fprintf(to.out, "  %s: discount %d %%, priority %d\n", name, rights.Discount, rights.Priority)
	}
	return nil
}

// tagKeeper is a store and its keeper, for one command.
type tagKeeper struct {
	Rules string `help:"YAML file of rules; default: those that a shop starts with." env:"HUIKE_TAG_RULES" placeholder:"FILE" type:"path"`
	memberStore
}

func (c *tagKeeper) keeper(ctx context.Context) (*store.Store, *tag.Keeper, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	k, err := tag.New(s, tag.Config{File: c.Rules})
	if err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	return s, k, nil
}

// operator is who runs the command.
func operator() string {
	if who, err := user.Current(); err == nil {
		return who.Username
	}
	return "command line"
}

// traced writes into the audit trail what a command is about to do.
func traced(ctx context.Context, s *store.Store, id member.ID, action, fields string) error {
	return keepTrace(ctx, s, audit.Row{Member: string(id), Action: action, Fields: fields})
}

// tracedCall is traced of a call.
func tracedCall(ctx context.Context, s *store.Store, call, action string) error {
	return keepTrace(ctx, s, audit.Row{Call: call, Action: action, Fields: "call"})
}

func keepTrace(ctx context.Context, s *store.Store, row audit.Row) error {
	row.At, row.Reader, row.Role, row.Purpose, row.Outcome = time.Now(), operator(), "operator", string(member.PurposeService), audit.OK
	if err := s.AppendAudit(ctx, []audit.Row{row}); err != nil {
		return fmt.Errorf("nothing was done, as the audit trail took no row: %w", err)
	}
	return nil
}

type tagsSweep struct{ tagKeeper }

// Run makes every member due and sweeps.
func (c *tagsSweep) Run(ctx context.Context, to streams) error {
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was swept is committed
	if err := k.Open(ctx); err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	n, err := k.Sweep(ctx, func(members int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "\r%d members", members)
		}
	})
	if err == nil {
		fmt.Fprintf(to.out, "%d members were due and are held to %d tags and %d tiers (%v)\n",
			n, len(k.Rules().Tags()), len(k.Rules().Tiers()), time.Since(began).Round(time.Millisecond))
	}
	return err
}

type tagsShow struct {
	Member string `arg:"" help:"The member's id."`
	Limit  int    `help:"How many changes at most." default:"20"`
	JSON   bool   `help:"Print a JSON object."`
	tagKeeper
}

// Run prints the tags and their history.
func (c *tagsShow) Run(ctx context.Context, to streams) error {
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	id := member.ID(c.Member)
	if err := traced(ctx, s, id, "get", "tags"); err != nil {
		return err
	}
	p, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	changes, err := k.History(ctx, id, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(map[string]any{"tier": p.Basic.Tier, "tags": p.Tags, "history": changes})
	}
	if p.Basic.Tier != nil {
		fmt.Fprintln(to.out, "tier", *p.Basic.Tier)
	}
	for _, t := range p.Tags {
		fmt.Fprintf(to.out, "%s (%s %s, %s)\n", t.Name, t.Source, t.Author, t.At.Format(time.DateTime))
	}
	for i := range changes {
		one := &changes[i]
		fmt.Fprintf(to.out, "%s %s %s: %s %s\n", one.At.Format(time.DateTime), one.Change, one.Name, one.Source, one.Author+one.Reason)
		if one.Evidence != nil {
			for _, f := range one.Evidence.Facts {
				fmt.Fprintf(to.out, "    %s %s %s\n", f.At.Format(time.DateTime), f.Kind, f.ID)
			}
		}
	}
	return nil
}

type tagsAdd struct {
	Member string        `arg:"" help:"The member's id."`
	Tag    string        `arg:"" help:"The tag: at most 64 bytes, and no telephone number."`
	For    time.Duration `help:"How long it stays; 0: for good." placeholder:"720h"`
	tagKeeper
}

// Run puts the tag on.
func (c *tagsAdd) Run(ctx context.Context) error {
	var until *time.Time
	if c.For > 0 {
		end := time.Now().Add(c.For)
		until = &end
	}
	return c.byHand(ctx, member.ID(c.Member), func(k *tag.Keeper) error {
		_, err := k.Put(ctx, member.ID(c.Member), c.Tag, operator(), until)
		return err
	})
}

type tagsTake struct {
	Member string `arg:"" help:"The member's id."`
	Tag    string `arg:"" help:"The tag."`
	tagKeeper
}

// Run takes the tag off.
func (c *tagsTake) Run(ctx context.Context) error {
	return c.byHand(ctx, member.ID(c.Member), func(k *tag.Keeper) error {
		_, err := k.Take(ctx, member.ID(c.Member), c.Tag, operator())
		return err
	})
}

func (c *tagKeeper) byHand(ctx context.Context, id member.ID, do func(*tag.Keeper) error) error {
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	if err := traced(ctx, s, id, "update", "tags"); err != nil {
		return err
	}
	return do(k)
}
