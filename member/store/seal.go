package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huike/member"
	"huike/member/vault"
)

// Why a store's seals cannot be opened.
var (
	// ErrSealed says that the store is sealed and no master key was given.
	ErrSealed = errors.New("the store is sealed and no master key was given; name it with --master-key or HUIKE_MASTER_KEY")
	errMaster = errors.New("the master key is not the one that the store is sealed with; " +
		"put that one (master.key of the first server's data folder) in its place, or name it with --master-key")
)

// SealAt returns a text as it is to be written into a column, "table.column", of a row,
// which is named by what [Opened] names it by: whoever writes something personal writes
// this. It is read by [Opened]; in another column or row it is refused. An empty text
// stays empty.
func (s *Store) SealAt(column, row, text string) string {
	return s.vault.SealFor(vault.Place(column, row), text)
}

// Opened returns the SQL expressions, with commas between them, that read columns that
// were written by [Store.SealAt]. In a statement with several tables they stand where the
// columns' bare names tell one.
func Opened(columns ...string) string {
	var all []string
	for _, column := range columns {
		all = append(all, vault.Placed(column, rowOf(column)))
	}
	return strings.Join(all, ", ")
}

// rowOf returns the SQL expression that names a column's row.
func rowOf(column string) string {
	name, _, _ := strings.Cut(column, ".")
	for _, t := range sealedTables() {
		if t.name == name {
			return cmp.Or(t.row, t.key)
		}
	}
	panic("no column of " + name + " is sealed") //nolint:forbidigo // a statement of the house that names a wrong column
}

// Columns returns what a statement selects of a table to read those columns, each under
// its own name.
func Columns(table string, columns []string) string {
	i := slices.IndexFunc(sealedTables(), func(t sealedTable) bool { return t.name == table })
	if i < 0 {
		return strings.Join(columns, ", ")
	}
	t := sealedTables()[i]
	all := slices.Clone(columns)
	for j, c := range columns {
		if slices.Contains(t.columns, c) {
			all[j] = Opened(table+"."+c) + " AS " + c
		}
	}
	return strings.Join(all, ", ")
}

// ContactRow names a row of the table interactions, whose number nobody knows before it
// is written. event is what it is told by, or "".
func ContactRow(at int64, channel, call, event string) string {
	return fmt.Sprintf("%d %s %s %s", at, channel, call, event)
}

// LetterRow names a row of the table dead_letters likewise.
func LetterRow(at int64, source, event, kind string) string {
	return fmt.Sprintf("%d %s %s %s", at, source, event, kind)
}

// MergeRow names a row of the table merges likewise.
func MergeRow(at int64, kept, gone member.ID) string { return fmt.Sprintf("%d %s %s", at, kept, gone) }

// Search returns a text as it is written and compared where it is found by its value: a
// handle's or a phone number's columns. Equal texts are equal, within one store.
func (s *Store) Search(text string) string { return s.vault.Search(text) }

// Vault returns the store's seals, for caches of what is in it.
func (s *Store) Vault() *vault.Vault { return s.vault }

// sealNull is SealAt of a text that may be unknown.
func (s *Store) sealNull(column, row string, text *string) *string {
	if text == nil {
		return nil
	}
	sealed := s.SealAt(column, row, *text)
	return &sealed
}

// unlock gives the vault its keys, makes them where there are none, and seals what is not
// sealed yet.
func (s *Store) unlock(ctx context.Context, cfg Config) error {
	keys, swept, err := s.keys(ctx)
	if err != nil {
		return err
	}
	if cfg.KMS == nil {
		if len(keys) > 0 {
			return ErrSealed
		}
		return nil
	}
	if len(keys) == 0 {
		if err := s.firstKeys(ctx, cfg.KMS); err != nil {
			return err
		}
		if keys, swept, err = s.keys(ctx); err != nil {
			return err
		}
	}
	s.kms = cfg.KMS
	if err := s.vault.Load(ctx, cfg.KMS, keys); err != nil {
		if errors.Is(err, vault.ErrMaster) {
			return fmt.Errorf("%w (%w)", errMaster, err)
		}
		return err
	}
	s.vault.Reload = s.reload
	if swept {
		return nil
	}
	return s.firstSweep(ctx, cfg.Progress)
}

// keys reads the data keys, and whether everything is under the newest.
func (s *Store) keys(ctx context.Context) (keys []vault.Key, swept bool, err error) {
	err = Each(ctx, s.side, func(scan func(...any) error) error {
		var k vault.Key
		var wrapped string
		var at *int64
		var bound bool
		err := scan(&k.ID, &wrapped, &k.Master, &at, &bound)
		if bound {
			s.vault.Strict()
		}
		if err == nil {
			k.Wrapped, err = base64.StdEncoding.DecodeString(wrapped)
		}
		keys, swept = append(keys, k), at != nil
		return err
	}, `SELECT id, wrapped, master, swept_at, bound FROM data_keys ORDER BY id`)
	return keys, swept, err
}

// DataKey returns the number of the newest data key: it has changed when a [Store.Rekey]
// has begun.
func (s *Store) DataKey(ctx context.Context) (id int64, err error) {
	return id, s.side.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM data_keys`).Scan(&id)
}

const reloadWait = 5 * time.Second

// reload takes the keys that another process has made.
func (s *Store) reload() error {
	ctx, cancel := context.WithTimeout(context.Background(), reloadWait) //nolint:forbidigo // whoever seals has no context
	defer cancel()
	keys, _, err := s.keys(ctx)
	if err != nil {
		return err
	}
	return s.vault.Load(ctx, s.kms, keys)
}

// firstKeys makes the first keys, unless another process is first.
func (s *Store) firstKeys(ctx context.Context, kms vault.KMS) error {
	return s.Change(ctx, func(tx *sql.Tx) error {
		var there int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM data_keys`).Scan(&there); err != nil || there > 0 {
			return err
		}
		for id := range int64(2) {
			if err := addKey(ctx, tx, kms, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func addKey(ctx context.Context, tx *sql.Tx, kms vault.KMS, id int64) error {
	k, err := vault.NewKey(ctx, kms, id)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO data_keys (id, wrapped, master, created_at) VALUES ($1, $2, $3, $4)`,
			k.ID, base64.StdEncoding.EncodeToString(k.Wrapped), k.Master, stamp(time.Now()))
	}
	return err
}

// firstSweep seals a store that was not, and gives back the room of what was plain. What
// is not opened where it stands is left to [Store.Rekey], which tells of it.
func (s *Store) firstSweep(ctx context.Context, progress func(done, of int64)) error {
	sealed, err := s.sweep(ctx, progress)
	if errors.Is(err, vault.ErrMoved) {
		return nil
	}
	if err == nil && sealed > 0 {
		err = s.Scrub(ctx)
		if errors.Is(err, errHeld) {
			err = nil // the pages are overwritten in time
		}
	}
	if err == nil {
		err = s.swept(ctx)
	}
	return err
}

// swept notes that everything is sealed where it stands and under the newest key.
func (s *Store) swept(ctx context.Context) error {
	err := s.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE data_keys SET swept_at = $1, bound = $2 WHERE swept_at IS NULL`, stamp(time.Now()), true)
		return err
	})
	if err == nil {
		s.vault.Strict()
	}
	return err
}

// Rekeyed is what came of giving the store a new data key.
type Rekeyed struct {
	Key    int64 `json:"key"`    // the newest one's number
	Sealed int64 `json:"sealed"` // values that were sealed anew
}

// settle is how long other processes may go on with an older key: two of their looks for
// new ones.
const settle = 11 * time.Second // of [Store.settle]

// Rekey gives the store a new data key and seals everything personal anew with it, while
// others read and write. One that was broken off is gone on with; two at a time share the
// work. Values that are found by their value keep their key, which is fixed for a store's
// life; those that are not opened where they stand stay as they are, and the error names
// them ([vault.ErrMoved]). progress, if not nil, is told how many values have been looked at.
func (s *Store) Rekey(ctx context.Context, progress func(done, of int64)) (Rekeyed, error) {
	var out Rekeyed
	err := s.Change(ctx, func(tx *sql.Tx) error {
		var swept *int64
		if err := tx.QueryRowContext(ctx, `SELECT id, swept_at FROM data_keys ORDER BY id DESC LIMIT 1`).Scan(&out.Key, &swept); err != nil {
			return err
		}
		if swept == nil { // one that was broken off
			return nil
		}
		out.Key++
		return addKey(ctx, tx, s.kms, out.Key)
	})
	if err != nil {
		return out, fmt.Errorf("rekey: %w", err)
	}
	if err := s.reload(); err != nil { //nolint:contextcheck // as for whoever seals, who has none
		return out, fmt.Errorf("rekey: %w", err)
	}
	for began, again := time.Now(), true; again; {
		again = time.Since(began) < s.settle
		n, err := s.sweep(ctx, progress)
		out.Sealed += n
		if err != nil {
			return out, fmt.Errorf("rekey, after %d values: %w", out.Sealed, err)
		}
		if again {
			pause(ctx, s.settle-time.Since(began)) // then what others wrote meanwhile
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
	}
	return out, s.swept(ctx)
}

// Rewrap wraps the data keys by another master key. What they have sealed stays as it is.
func (s *Store) Rewrap(ctx context.Context, kms vault.KMS) error {
	keys, _, err := s.keys(ctx)
	if err != nil {
		return err
	}
	err = s.Change(ctx, func(tx *sql.Tx) error {
		for _, k := range keys {
			plain, err := s.kms.Unwrap(ctx, k.Wrapped)
			if err != nil {
				return err
			}
			wrapped, err := kms.Wrap(ctx, plain)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE data_keys SET wrapped = $2, master = $3 WHERE id = $1`,
				k.ID, base64.StdEncoding.EncodeToString(wrapped), kms.ID()); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.kms = kms
	}
	return err
}
