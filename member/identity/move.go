package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"huike/member"
	"huike/member/store"
)

// contradicts refuses two records that have been used as two people.
func contradicts(ctx context.Context, tx *sql.Tx, keep, gone member.ID) error {
	var people [2][6]sql.NullString
	for i, id := range []member.ID{keep, gone} {
		p := &people[i]
		err := tx.QueryRowContext(ctx, `SELECT gender, `+
			store.Opened("members.birth", "members.family", "members.given", "members.family_en", "members.given_en")+` FROM members WHERE id = $1`, id).
			Scan(&p[0], &p[1], &p[2], &p[3], &p[4], &p[5])
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	names, handles := 0, 0
	for i := range people[0] {
		if one, other := people[0][i], people[1][i]; one.Valid && other.Valid && one.String != other.String {
			names++
		}
	}
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM handles a JOIN handles b ON a.kind = b.kind AND a.value <> b.value
		WHERE a.member_id = $1 AND b.member_id = $2 AND a.kind IN ('card', 'account', 'openid')`, keep, gone).Scan(&handles)
	if err == nil && names+handles > 0 {
		return ErrConflict
	}
	return err
}

// column reads one column of texts.
func column(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// move gives all that is gone's to keep.
func move(ctx context.Context, tx *sql.Tx, keep, gone member.ID) (*moved, error) {
	what := &moved{Rows: map[string][]string{}}
	refused, err := refusals(ctx, tx, keep, gone)
	if err != nil {
		return nil, err
	}
	for _, t := range owned() {
		names, err := column(ctx, tx, `SELECT CAST(`+t.key+` AS TEXT) FROM `+t.name+` WHERE member_id = $1 ORDER BY 1`, gone)
		if err != nil {
			return nil, err
		}
		what.Rows[t.name] = names
		if _, err := tx.ExecContext(ctx, `UPDATE `+t.name+` SET member_id = $1 WHERE member_id = $2`, keep, gone); err != nil { //nolint:gosec // as above
			return nil, err
		}
	}
	if err := withhold(ctx, tx, keep, refused, what); err != nil {
		return nil, err
	}
	if err := moveHandles(ctx, tx, keep, gone, what); err != nil {
		return nil, err
	}
	if err := moveStage(ctx, tx, keep, gone, what); err != nil {
		return nil, err
	}
	return what, moveTags(ctx, tx, keep, gone, what)
}

func moveHandles(ctx context.Context, tx *sql.Tx, keep, gone member.ID, what *moved) error {
	rows, err := tx.QueryContext(ctx, `SELECT kind, value, added_at, (SELECT COUNT(*) FROM handles k WHERE k.kind = h.kind AND k.value = h.value AND k.member_id = $2)
		FROM handles h WHERE member_id = $1 ORDER BY kind, value`, gone, keep)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, value string
		var added, shared int64
		if err := rows.Scan(&kind, &value, &added, &shared); err != nil {
			return err
		}
		what.Handles = append(what.Handles, [3]string{kind, value, strconv.FormatInt(added, 10)})
		if shared > 0 {
			what.Shared = append(what.Shared, [2]string{kind, value})
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO handles (kind, value, member_id, added_at) SELECT kind, value, $1, added_at FROM handles h
		WHERE member_id = $2 AND NOT EXISTS (SELECT 1 FROM handles k WHERE k.kind = h.kind AND k.value = h.value AND k.member_id = $1)`, keep, gone)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM handles WHERE member_id = $1`, gone)
	}
	return err
}

// tag is a row of tags.
type tag struct {
	Name, Source, Author string
	At                   int64
	Until                *int64
}

func moveTags(ctx context.Context, tx *sql.Tx, keep, gone member.ID, what *moved) error {
	rows, err := tx.QueryContext(ctx, `SELECT name, source, author, at, until FROM tags WHERE member_id = $1 ORDER BY name`, gone)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var tags []tag
	for rows.Next() {
		var t tag
		if err := rows.Scan(&t.Name, &t.Source, &t.Author, &t.At, &t.Until); err != nil {
			return err
		}
		tags = append(tags, t)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, t := range tags {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		what.Tags = append(what.Tags, text)
		done, err := tx.ExecContext(ctx, `INSERT INTO tags (member_id, name, source, author, at, until) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (member_id, name) DO NOTHING`, keep, t.Name, t.Source, t.Author, t.At, t.Until)
		if err != nil {
			return err
		}
		if n, _ := done.RowsAffected(); n > 0 {
			what.Added = append(what.Added, t.Name)
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM tags WHERE member_id = $1`, gone)
	return err
}

// moveBack undoes move, row by row.
func moveBack(ctx context.Context, tx *sql.Tx, search func(string) string, kept, gone member.ID, what *moved) error {
	for _, t := range owned() {
		for _, name := range what.Rows[t.name] {
			var key any = name
			if t.number {
				key, _ = strconv.ParseInt(name, 10, 64)
			}
			_, err := tx.ExecContext(ctx, `UPDATE `+t.name+` SET member_id = $1 WHERE `+t.key+` = $2 AND member_id = $3`, gone, key, kept) //nolint:gosec // names of our own tables
			if err != nil {
				return err
			}
		}
	}
	for _, name := range what.Withdrawn {
		id, _ := strconv.ParseInt(name, 10, 64)
		if _, err := tx.ExecContext(ctx, `DELETE FROM consents WHERE id = $1`, id); err != nil {
			return err
		}
	}
	if err := handlesBack(ctx, tx, search, kept, gone, what); err != nil {
		return err
	}
	return tagsBack(ctx, tx, kept, gone, what)
}

// handlesBack gives back the handles; search writes a value as the store keeps it.
func handlesBack(ctx context.Context, tx *sql.Tx, search func(string) string, kept, gone member.ID, what *moved) error {
	shared := map[[2]string]bool{}
	for _, h := range what.Shared {
		shared[h] = true
	}
	for _, h := range what.Handles {
		added, _ := strconv.ParseInt(h[2], 10, 64)
		value := search(h[1])
		if !shared[[2]string{h[0], h[1]}] {
			if _, err := tx.ExecContext(ctx, `DELETE FROM handles WHERE kind = $1 AND value = $2 AND member_id = $3`, h[0], value, kept); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO handles (kind, value, member_id, added_at) VALUES ($1, $2, $3, $4)`, h[0], value, gone, added); err != nil {
			return err
		}
	}
	return nil
}

func tagsBack(ctx context.Context, tx *sql.Tx, kept, gone member.ID, what *moved) error {
	for _, name := range what.Added {
		if _, err := tx.ExecContext(ctx, `DELETE FROM tags WHERE member_id = $1 AND name = $2`, kept, name); err != nil {
			return err
		}
	}
	for _, text := range what.Tags {
		var t tag
		if err := json.Unmarshal(text, &t); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tags (member_id, name, source, author, at, until) VALUES ($1, $2, $3, $4, $5, $6)`,
			gone, t.Name, t.Source, t.Author, t.At, t.Until); err != nil {
			return err
		}
	}
	return nil
}
