package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"huike/member"
)

// ErrErased says that somebody with this handle asked to be forgotten, and that nobody
// brings them back but they themselves, by a new consent.
var ErrErased = errors.New("asked to be forgotten; only a consent given after that brings them back")

// ErrKey says that the hashes of the forgotten were made with another key.
var ErrKey = errors.New("the store's tombstones were made with another key; copy " + keyFile + " from the data folder of the server that made them")

const (
	keyFile = "erasure.key" // of the data folder; whoever has it can test whether a handle was erased
	keySize = 32            // bytes
)

// ReadKey returns the key in a data folder that the hashes of erased handles are made
// with, 32 bytes. It makes key and folder where there is none; nobody else may read them.
func ReadKey(folder string) ([]byte, error) {
	path := filepath.Join(folder, keyFile)
	key, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(folder, path)
	}
	if err == nil && len(key) != keySize {
		err = fmt.Errorf("%s has %d bytes; want %d: put its backup there", path, len(key), keySize)
	}
	return key, err
}

// makeKey writes a new key under a second name, so that of two processes one wins and
// no half of a key is read.
func makeKey(folder, path string) ([]byte, error) {
	if err := os.MkdirAll(folder, dirMode); err != nil {
		return nil, err
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	file, err := os.CreateTemp(folder, keyFile+".*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it has its name by then
	_, err = file.Write(key)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	if err = os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(filepath.Clean(path))
	}
	return key, err
}

func (s *Store) hash(text string) string {
	h := hmac.New(sha256.New, s.key)
	_, _ = h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Store) grave(h member.Handle) string { return s.hash(h.Kind + "\x00" + h.Value) }

// Bury leaves a tombstone for each handle, inside a transaction of [Store.Change].
func (s *Store) Bury(ctx context.Context, tx *sql.Tx, handles []member.Handle, at time.Time) error {
	if err := s.checkKey(ctx, tx, true); err != nil {
		return err
	}
	for _, h := range handles {
		_, err := tx.ExecContext(ctx, `INSERT INTO tombstones (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET at = $2`, s.grave(h), stamp(at))
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKey compares the key with the one that the tombstones were made with; set makes
// it the one.
func (s *Store) checkKey(ctx context.Context, tx *sql.Tx, set bool) error {
	if len(s.key) == 0 {
		return ErrKey
	}
	mine, mark := s.hash("huike"), ""
	err := tx.QueryRowContext(ctx, `SELECT mark FROM tombstone_key`).Scan(&mark)
	switch {
	case errors.Is(err, sql.ErrNoRows) && set:
		_, err = tx.ExecContext(ctx, `INSERT INTO tombstone_key (one, mark) VALUES (1, $1)`, mine)
		return err
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil && subtle.ConstantTimeCompare([]byte(mine), []byte(mark)) == 0:
		return ErrKey
	}
	return err
}

// Erased returns when somebody with the handle was forgotten; the zero time if nobody
// was. A store whose tombstones cannot be read for want of their key is [ErrKey].
func (s *Store) Erased(ctx context.Context, tx *sql.Tx, h member.Handle) (time.Time, error) {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tombstones)`).Scan(&there); err != nil || !there {
		return time.Time{}, err
	}
	if err := s.checkKey(ctx, tx, false); err != nil {
		return time.Time{}, err
	}
	var at int64
	err := tx.QueryRowContext(ctx, `SELECT at FROM tombstones WHERE hash = $1`, s.grave(h)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return s.when(at), err
}

// Forgotten returns which of the handles were those of somebody who was forgotten, and
// lead to nobody else. The error may be [ErrKey].
func (s *Store) Forgotten(ctx context.Context, handles []member.Handle) (map[member.Handle]bool, error) {
	graves, values := make([]string, len(handles)), make([][]any, len(handles))
	of := map[string]member.Handle{}
	for i, h := range handles {
		graves[i], values[i] = s.grave(h), []any{h.Kind, s.Search(h.Value)}
		of[graves[i]] = h
	}
	found := map[member.Handle]bool{}
	err := s.View(ctx, func(tx *sql.Tx) error {
		clear(found)
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tombstones)`).Scan(&there); err != nil || !there {
			return err
		}
		if err := s.checkKey(ctx, tx, false); err != nil {
			return err
		}
		err := s.EachOf(ctx, tx, func(scan func(...any) error) error {
			var hash string
			err := scan(&hash)
			found[of[hash]] = true
			return err
		}, `SELECT hash FROM tombstones WHERE hash IN?`, graves)
		if err != nil || len(found) == 0 {
			return err
		}
		return s.EachIn(ctx, tx, func(scan func(...any) error) error {
			var h member.Handle
			err := scan(&h.Kind, &h.Value)
			delete(found, h)
			return err
		}, `SELECT kind, value FROM handles WHERE (kind, value) IN?`, values)
	})
	return found, err
}

// admit refuses a new member whom a tombstone keeps out, and takes the tombstone away
// where they have consented to service after it.
func (s *Store) admit(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	for _, h := range p.Handles {
		at, err := s.Erased(ctx, tx, h)
		if err != nil {
			return err
		}
		if at.IsZero() {
			continue
		}
		if !consented(p, at) {
			return ErrErased
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM tombstones WHERE hash = $1`, s.grave(h)); err != nil {
			return err
		}
	}
	return nil
}

func consented(p *member.Profile, after time.Time) bool {
	for _, g := range p.Consent {
		if g.Purpose == member.PurposeService && g.Given && g.At.After(after) {
			return true
		}
	}
	return false
}
