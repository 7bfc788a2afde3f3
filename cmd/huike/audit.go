package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// auditCommand checks and searches the trail of who read or wrote what of a member.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Check that no row of the audit trail was changed, left out, added or moved."`
	Head   auditHead   `cmd:"" help:"Print the number and seal of the trail's last row; keep it somewhere else, and verify --head finds out if the trail was written anew."`
	Search auditSearch `cmd:"" help:"Print rows of the audit trail, newest first. The search itself becomes a row."`
}

type auditVerify struct {
	Head string `help:"A head that was kept elsewhere, as 'huike audit head' printed it; the trail must go through it." placeholder:"SEQ:SEAL"`
	JSON bool   `help:"Print {\"rows\",\"unsealed\",\"head\"}."`
	memberStore
}

// Run checks the trail. What is wrong with it is the command's error.
func (c *auditVerify) Run(ctx context.Context, to streams) error {
	var through *audit.Head
	if c.Head != "" {
		head, err := audit.ParseHead(c.Head)
		if err != nil {
			return fmt.Errorf("--head: %w", err)
		}
		through = &head
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	told := time.Now()
	found, err := s.CheckAudit(ctx, through, func(seq, of int64) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "\rrow %d of %d", seq, of)
		}
	})
	switch {
	case err != nil && found.Head.Seq == 0:
		return fmt.Errorf("the audit trail is not whole: %w", err)
	case err != nil:
		return fmt.Errorf("the audit trail is not whole: rows 1 to %d are as they were written, then: %w", found.Head.Seq, err)
	case c.JSON:
		return json.NewEncoder(to.out).Encode(map[string]any{"rows": found.Head.Seq, "unsealed": found.Unsealed, "head": found.Head.String()})
	}
	fmt.Fprintf(to.out, "%d rows are as they were written; head %s\n", found.Head.Seq, found.Head)
	if found.Unsealed > 0 {
		fmt.Fprintf(to.out, "%d rows are from before the trail was sealed\n", found.Unsealed)
	}
	return nil
}

type auditHead struct{ memberStore }

// Run prints the head.
func (c *auditHead) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	head, err := s.AuditHead(ctx)
	if err == nil {
		fmt.Fprintln(to.out, head)
	}
	return err
}

type auditSearch struct {
	Member string        `help:"Only rows of this member, by id." placeholder:"ID"`
	Reader string        `help:"Only rows of this reader, such as huike or an agent."`
	Call   string        `help:"Only rows of this call." placeholder:"ID"`
	Action string        `help:"Only rows of this action: find, get, update, record, shop and the like."`
	Since  time.Duration `help:"Only rows of so long ago or less." placeholder:"24h"`
	Limit  int           `help:"How many rows at most." default:"100"`
	JSON   bool          `help:"Print one JSON object a row."`
	memberStore
}

var errSearch = errors.New("the search could not be written into the audit trail, and was not made")

// Run prints the rows found, once the search is itself in the trail.
func (c *auditSearch) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	reader := "command line"
	if who, err := user.Current(); err == nil {
		reader = who.Username
	}
	now := time.Now()
	row := audit.Row{At: now, Member: c.Member, Reader: reader, Role: "operator", Purpose: "audit", Action: "search", Fields: "audit", Outcome: audit.OK}
	if err = s.AppendAudit(ctx, []audit.Row{row}); err != nil {
		return errors.Join(errSearch, err)
	}
	q := store.AuditQuery{Member: member.ID(c.Member), Reader: c.Reader, Call: c.Call, Action: c.Action, Limit: c.Limit}
	if c.Since > 0 {
		q.From = now.Add(-c.Since)
	}
	rows, err := s.FindAudit(ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeLines(to.out, rows)
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "AT\tMEMBER\tREADER\tROLE\tPURPOSE\tACTION\tFIELDS\tOUTCOME\tCALL")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			r.At.Format(time.DateTime), r.Member, r.Reader, r.Role, r.Purpose, r.Action, r.Fields, r.Outcome, r.Call)
	}
	return table.Flush()
}
