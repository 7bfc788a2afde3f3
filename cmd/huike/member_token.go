package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"huike/member"
	"huike/member/access"
)

// memberToken keeps the tokens by which people and programs read members.
type memberToken struct {
	Create tokenCreate `cmd:"" help:"Give a token; it is printed once and kept only as a hash."`
	List   tokenList   `cmd:"" help:"List the tokens that were given, with role, scope and end."`
	Revoke tokenRevoke `cmd:"" help:"End a token at once, for good."`
}

type tokenCreate struct {
	Name    string `arg:"" help:"Who holds it; this stands in audit rows."`
	Role    string `help:"What its holder may do: ${enum}." enum:"agent,supervisor,marketing,analyst,dealer,partner,admin,auditor,system" required:""`
	Shop    string `help:"Only members of this shop." placeholder:"ID"`
	Partner string `help:"Only members of this dealer or service provider; the roles dealer and partner must have one." placeholder:"ID"`
	Days    int    `help:"For how many days it opens anything." default:"90"`
	JSON    bool   `help:"Print {\"token\",\"id\",\"name\",\"role\",\"scope\",\"expires\",…}."`
	memberStore
}

// Run makes the token and prints it.
func (c *tokenCreate) Run(ctx context.Context, to streams) error {
	if c.Days < 1 {
		return fmt.Errorf("--days=%d: want 1 or more", c.Days)
	}
	now := time.Now()
	t := access.Token{Author: operator(), Created: now, Expires: now.AddDate(0, 0, c.Days)}
	t.Name, t.Role, t.Scope = c.Name, member.Role(c.Role), member.Scope{Shop: c.Shop, Partner: c.Partner}
	key, hash, err := access.Issue(&t)
	if err != nil {
		return err
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	if err := s.AddToken(ctx, t, hash); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(struct {
			Key string `json:"token"`
			access.Token
		}{key, t})
	}
	fmt.Fprintf(to.out, "%s\n", key)
	fmt.Fprintf(to.notes, "token %s of %s, role %s, good until %s; it is not shown again\n", t.ID, t.Name, t.Role, t.Expires.Format(time.DateOnly))
	return nil
}

type tokenList struct {
	JSON bool `help:"Print one JSON object a token."`
	memberStore
}

// Run prints the tokens, the newest first.
func (c *tokenList) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	tokens, err := s.ListTokens(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeLines(to.out, tokens)
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tROLE\tSHOP\tPARTNER\tSTATE\tEND\tBY")
	for i := range tokens {
		t := &tokens[i]
		state, end := "good", t.Expires
		switch {
		case t.Revoked != nil:
			state, end = "revoked", *t.Revoked
		case !time.Now().Before(t.Expires):
			state = "expired"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, t.Scope.Shop, t.Scope.Partner, state, end.Format(time.DateOnly), t.Author)
	}
	return table.Flush()
}

type tokenRevoke struct {
	ID string `arg:"" help:"The token's id, as list shows it."`
	memberStore
}

// Run ends the token.
func (c *tokenRevoke) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	err = s.RevokeToken(ctx, c.ID, operator(), time.Now())
	if errors.Is(err, access.ErrToken) {
		return fmt.Errorf("no token has the id %q; huike member token list shows them", c.ID)
	}
	if err == nil {
		fmt.Fprintf(to.out, "token %s opens nothing any more\n", c.ID)
	}
	return err
}
