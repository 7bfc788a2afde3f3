package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
)

const tokenRowColumns = `id, name, role, shop, partner, author, created_at, expires_at, revoked_at` //nolint:gosec // names of columns

// AddToken keeps a token by the hash of its key, as [access.Issue] made them.
func (s *Store) AddToken(ctx context.Context, t access.Token, hash string) error {
	err := s.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO access_tokens (id, hash, name, role, shop, partner, author, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.ID, hash, t.Name, t.Role, t.Scope.Shop, t.Scope.Partner, t.Author, stamp(t.Created), stamp(t.Expires))
		if err != nil {
			return err
		}
		return s.appendAudit(ctx, tx, []audit.Row{tokenRow(t.Author, "token.create", t.ID+" "+string(t.Role), t.Created)})
	})
	if err != nil {
		return fmt.Errorf("keep token %s: %w", t.ID, err)
	}
	return nil
}

func tokenRow(author, action, fields string, at time.Time) audit.Row {
	return audit.Row{At: at, Reader: author, Role: "operator", Purpose: "access", Action: action, Fields: fields, Outcome: audit.OK}
}

// Token returns the token whose key has a hash, ended ones too, or [access.ErrToken].
func (s *Store) Token(ctx context.Context, hash string) (access.Token, error) {
	found, err := s.tokens(ctx, s.read, `SELECT `+tokenRowColumns+` FROM access_tokens WHERE hash = $1`, hash)
	switch {
	case err != nil:
		return access.Token{}, fmt.Errorf("look up a token: %w", err)
	case len(found) == 0:
		return access.Token{}, access.ErrToken
	}
	return found[0], nil
}

// ListTokens returns all tokens, the newest first.
func (s *Store) ListTokens(ctx context.Context) ([]access.Token, error) {
	return s.tokens(ctx, s.read, `SELECT `+tokenRowColumns+` FROM access_tokens ORDER BY created_at DESC, id`)
}

func (s *Store) tokens(ctx context.Context, q Querier, query string, args ...any) ([]access.Token, error) {
	var found []access.Token
	err := Each(ctx, q, func(scan func(...any) error) error {
		var t access.Token
		var created, expires int64
		var revoked *int64
		err := scan(&t.ID, &t.Name, &t.Role, &t.Scope.Shop, &t.Scope.Partner, &t.Author, &created, &expires, &revoked)
		t.Created, t.Expires, t.Revoked = s.when(created), s.when(expires), s.whenNull(revoked)
		found = append(found, t)
		return err
	}, query, args...)
	return found, err
}

// RevokeToken ends a token at once, for good. One that is not there is
// [access.ErrToken]; one that has been revoked stays so.
func (s *Store) RevokeToken(ctx context.Context, id, author string, at time.Time) error {
	err := s.Change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE access_tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING id`, id, stamp(at)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return access.ErrToken
		}
		if err != nil {
			return err
		}
		return s.appendAudit(ctx, tx, []audit.Row{tokenRow(author, "token.revoke", id, at)})
	})
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	return nil
}

// Members returns the ids of up to limit members within a scope, in the order of ids
// after one, for whoever goes through them page by page.
func (s *Store) Members(ctx context.Context, scope member.Scope, after member.ID, limit int) ([]member.ID, error) {
	var ids []member.ID
	err := Each(ctx, s.read, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM members WHERE id > $1 AND ($2 = '' OR shop = $2) AND ($3 = '' OR partner = $3) ORDER BY id LIMIT $4`,
		after, scope.Shop, scope.Partner, limit)
	return ids, err
}
