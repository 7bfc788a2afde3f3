package audit

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Seal is the hash (SHA-256) of a row and of the seal before it, so that no row can be
// changed, left out, added or moved without changing all seals after it.
type Seal [sha256.Size]byte

// Head is the end of a chain of rows: the number of its last row, from 1, and that
// row's seal. Its zero value is the chain without rows. Who keeps a head somewhere
// else (in a mail, on paper) can tell later that nothing up to it was rewritten, even
// by somebody who owns the database.
type Head struct {
	Seq  int64
	Seal Seal
}

// String is how a head is printed and told to others: its number, a colon, its seal
// in base64 (RFC 4648 5).
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + ":" + base64.RawURLEncoding.EncodeToString(h.Seal[:])
}

var errHead = errors.New("not a head of an audit trail; it looks like 1204:q8TtoN… as huike audit head prints it")

// ParseHead reads what [Head.String] gives.
func ParseHead(text string) (Head, error) {
	seq, seal, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	sum, bad := base64.RawURLEncoding.DecodeString(seal)
	if err != nil || bad != nil || n < 0 || len(sum) != sha256.Size {
		return Head{}, fmt.Errorf("%.40q: %w", text, errHead)
	}
	return Head{Seq: n, Seal: Seal(sum)}, nil
}

// Next returns the chain's end when row is added. The row's time counts in
// milliseconds, which is what stores keep.
func (h Head) Next(row *Row) Head {
	next := Head{Seq: h.Seq + 1}
	buf := make([]byte, 0, 512)
	buf = append(buf, h.Seal[:]...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(next.Seq))
	buf = binary.BigEndian.AppendUint64(buf, uint64(row.At.UnixMilli()))
	for _, text := range row.texts() {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(text)))
		buf = append(buf, text...)
	}
	next.Seal = sha256.Sum256(buf)
	return next
}

// texts are what a row says, in the order in which they are sealed.
func (r *Row) texts() [8]string {
	return [...]string{r.Member, r.Reader, r.Role, r.Purpose, r.Call, r.Action, r.Fields, r.Outcome}
}

// Sealed is a row as it is kept.
type Sealed struct {
	Head // the row's own number and seal
	Row  Row
}

// Why a chain is broken; wrapped with the number of the row.
var (
	ErrGap     = errors.New("rows are missing")
	ErrChanged = errors.New("the row is not what was written")
	ErrCut     = errors.New("the trail ends before its last row")
	ErrOther   = errors.New("the trail is not the one that the head was taken from")
)

// Checker checks a chain, row by row. Its zero value begins at the first row.
type Checker struct {
	at   Head
	want *Head // a head that the chain must go through
}

// Through makes the checker want the chain to go through a head kept elsewhere.
func (c *Checker) Through(head Head) { c.want = &head }

// Add checks the next row in the order of numbers.
func (c *Checker) Add(row *Sealed) error {
	next := c.at.Next(&row.Row)
	switch {
	case row.Seq != next.Seq:
		return fmt.Errorf("after row %d comes %d: %w", c.at.Seq, row.Seq, ErrGap)
	case !same(next, row.Head):
		return fmt.Errorf("row %d: %w", row.Seq, ErrChanged)
	case c.want != nil && c.want.Seq == next.Seq && !same(next, *c.want):
		return fmt.Errorf("row %d: %w", row.Seq, ErrOther)
	}
	c.at = next
	return nil
}

// End checks that the chain ends at the head that the store keeps, and returns it.
func (c *Checker) End(head Head) (Head, error) {
	switch {
	case c.at.Seq < head.Seq, c.want != nil && c.at.Seq < c.want.Seq:
		return c.at, fmt.Errorf("row %d is the last: %w", c.at.Seq, ErrCut)
	case head.Seq < c.at.Seq:
		return c.at, fmt.Errorf("row %d: %w", head.Seq+1, ErrChanged) // it was added by somebody else
	case !same(c.at, head) && head.Seq > 0:
		return c.at, fmt.Errorf("row %d: %w", head.Seq, ErrChanged)
	}
	return c.at, nil
}

func same(a, b Head) bool { return subtle.ConstantTimeCompare(a.Seal[:], b.Seal[:]) == 1 }
