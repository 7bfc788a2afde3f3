package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrMoved says that a sealed text is not one that was sealed for its place: somebody has
// written into the database beside huike.
var ErrMoved = errors.New("what is sealed there was sealed for another place or has been changed, by whoever wrote into the database beside huike; " +
	"put the row back from a backup, or write the value anew")

// mark begins what [Placed] has a query give. It differs in each process, so that no text
// that somebody has written is taken for one.
var mark = func() string { //nolint:gochecknoglobals // a constant of the process
	var buf [8]byte
	_, _ = rand.Read(buf[:]) // never fails
	return "hk@" + hex.EncodeToString(buf[:]) + "@"
}()

// Place names where [Vault.SealFor] seals a text: a column, as "table.column", and its row.
func Place(column, row string) string { return column + " " + row }

// Placed returns the SQL expression that gives a column, "table.column", together with its
// place, so that a [Connector] opens what is sealed for that place and nothing else: it
// fails the query with [ErrMoved]. row is the expression of the row's name. Both databases
// know its functions.
func Placed(column, row string) string {
	_, name, _ := strings.Cut(column, ".")
	return `('` + mark + column + `@' || octet_length(` + row + `) || '@' || ` + row + ` || ` + name + `)`
}

// placed opens what an expression of [Placed] gave. Texts that are not bound yet are
// opened as [Vault.Open] does, until the vault is strict.
func (v *Vault) placed(text string) (string, error) {
	column, rest, _ := strings.Cut(text[len(mark):], "@")
	size, rest, _ := strings.Cut(rest, "@")
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 || n > len(rest) {
		return "", fmt.Errorf("%s: not read as huike asks for it", column)
	}
	return v.OpenAt(column, rest[:n], rest[n:])
}

// OpenAt returns a column's text of a row as it was before [Vault.SealFor] or, where the
// vault is not strict, [Vault.Seal]; else the error names the place and is [ErrMoved].
func (v *Vault) OpenAt(column, row, text string) (string, error) {
	if text == "" || !v.Sealing() {
		return text, nil
	}
	if plain, was := v.OpenFor(Place(column, row), text); was {
		return plain, nil
	}
	if key, _, _ := strings.Cut(strings.TrimPrefix(text, boundPrefix), "."); strings.HasPrefix(text, boundPrefix) && v.key(key) == nil {
		return "", fmt.Errorf("%s of %q is sealed under data key %q, which the store does not have", column, row, key)
	}
	plain, was := v.Open(text)
	if v.strict.Load() || !was && strings.HasPrefix(text, boundPrefix) {
		return "", fmt.Errorf("%s of %q: %w", column, row, ErrMoved)
	}
	return plain, nil
}

// Strict has the vault take no text of a place that is not sealed for it: all are.
func (v *Vault) Strict() { v.strict.Store(true) }
