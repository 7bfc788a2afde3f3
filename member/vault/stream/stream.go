// Package stream seals files that grow: what was written can be read at any moment, also
// after a crash in mid-write, and from any place in it. A file is a header and a row of
// records, each sealed with AES-256-GCM under a nonce that counts them, with a mark on
// the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). No
// record can be changed, exchanged, left out or taken from another file; what a missing
// end means is for the reader to judge ([Reader.Whole]).
//
//	file   = "hkseal1\n" salt(16) *record
//	record = length(4, big endian) sealed(length + 16)
//
// The key of a file is derived (HKDF-SHA256) from a secret, the salt and the file's name,
// so that one secret serves all files of a folder. It keeps no keys, and starts no
// goroutine.
package stream

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	magic     = "hkseal1\n"
	saltSize  = 16 // bytes
	headSize  = len(magic) + saltSize
	lengthOf  = 4 // bytes of a record's length
	nonceSize = 12
	tagSize   = 16
	// maxRecord bounds a record, in bytes of what is sealed.
	maxRecord = 1 << 20
)

// SecretSize is the size of a secret, in bytes.
const SecretSize = 32

// ErrDamaged says that a file is not as it was written, or is another file, or was sealed
// with another secret.
var ErrDamaged = errors.New("sealed file damaged, or sealed with another key")

// Secret is what the keys of files are derived from.
type Secret [SecretSize]byte

// NewSecret returns a fresh secret.
func NewSecret() (s Secret) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}

// Sealed tells whether a file begins as a sealed one does; head is its first bytes, eight
// or more.
func Sealed(head []byte) bool { return len(head) >= len(magic) && string(head[:len(magic)]) == magic }

// gcm is the key of one file.
func (s *Secret) gcm(salt []byte, name string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s[:], salt, "huike sealed file\x00"+name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce is the n-th record's; the last record of a file has a mark.
func nonce(into *[nonceSize]byte, n uint64, last bool) []byte {
	binary.BigEndian.PutUint64(into[3:], n)
	into[nonceSize-1] = 0
	if last {
		into[nonceSize-1] = 1
	}
	return into[:]
}

// Writer appends records to a file. It is for one goroutine.
type Writer struct {
	out    io.Writer
	aead   cipher.AEAD
	n      uint64
	nonce  [nonceSize]byte
	failed error
}

var buffers = sync.Pool{New: func() any { return new([]byte) }} //nolint:gochecknoglobals // no state but room that all writers share

// NewWriter begins a file of that name, which need not be the file's own: the reader
// gives the same one. What is written to out it writes at once.
func NewWriter(out io.Writer, secret *Secret, name string) (*Writer, error) {
	head := make([]byte, headSize)
	copy(head, magic)
	_, _ = rand.Read(head[len(magic):]) // never fails
	aead, err := secret.gcm(head[len(magic):], name)
	if err != nil {
		return nil, err
	}
	if _, err := out.Write(head); err != nil {
		return nil, err
	}
	return &Writer{out: out, aead: aead}, nil
}

// Write seals p as one record (of a megabyte at most, else as several) and writes it with
// one call. After an error the file ends where it stands, and every Write returns it.
func (w *Writer) Write(p []byte) (int, error) {
	done := 0
	for len(p) > 0 {
		n := min(len(p), maxRecord)
		if err := w.record(p[:n], false); err != nil {
			return done, err
		}
		done, p = done+n, p[n:]
	}
	return done, nil
}

// Close marks the end. It closes nothing below.
func (w *Writer) Close() error { return w.record(nil, true) }

func (w *Writer) record(p []byte, last bool) error {
	if w.failed != nil {
		return w.failed
	}
	buf, _ := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = binary.BigEndian.AppendUint32((*buf)[:0], uint32(len(p)))
	*buf = w.aead.Seal(*buf, nonce(&w.nonce, w.n, last), p, nil)
	w.n++
	_, w.failed = w.out.Write(*buf)
	return w.failed
}

// Reader reads a sealed file as it was when it was opened. It is for one goroutine.
type Reader struct {
	in    io.ReaderAt
	aead  cipher.AEAD
	spans []span // of the records that hold something
	size  int64
	whole bool

	nonce  [nonceSize]byte
	sealed []byte
	plain  []byte // of record now
	now    int    // -1: none
}

// span is where a record stands.
type span struct {
	from int64 // in what is read
	at   int64 // of its seal in the file
	n    int
}

// Open opens a sealed file of so many bytes. A record that was not written to its end, as
// the last one of a crash, is passed over.
func Open(in io.ReaderAt, size int64, secret *Secret, name string) (*Reader, error) {
	head := make([]byte, headSize)
	if n, err := in.ReadAt(head, 0); n < headSize {
		if n > 0 && size >= int64(headSize) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: no header", ErrDamaged)
	}
	if !Sealed(head) {
		return nil, fmt.Errorf("%w: no header", ErrDamaged)
	}
	aead, err := secret.gcm(head[len(magic):], name)
	if err != nil {
		return nil, err
	}
	r := &Reader{in: in, aead: aead, now: -1}
	return r, r.index(size)
}

// index finds the records, and proves the last.
func (r *Reader) index(size int64) error {
	var length [lengthOf]byte
	for at := int64(headSize); at+lengthOf+tagSize <= size; {
		if _, err := r.in.ReadAt(length[:], at); err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint32(length[:]))
		at += lengthOf
		if n > maxRecord {
			return fmt.Errorf("%w: record %d of %d bytes", ErrDamaged, len(r.spans)+1, n)
		}
		if at+n+tagSize > size {
			return nil // cut off
		}
		if n == 0 {
			return r.end(at, size)
		}
		r.spans = append(r.spans, span{r.size, at, int(n)})
		r.size += n
		at += n + tagSize
	}
	return nil
}

// end proves the mark of the end.
func (r *Reader) end(at, size int64) error {
	tag := make([]byte, tagSize)
	if _, err := r.in.ReadAt(tag, at); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := r.aead.Open(nil, nonce(&r.nonce, uint64(len(r.spans)), true), tag, nil); err != nil || at+tagSize != size {
		return fmt.Errorf("%w: at its end", ErrDamaged)
	}
	r.whole = true
	return nil
}

// Size returns how many bytes can be read.
func (r *Reader) Size() int64 { return r.size }

// Whole tells whether the file was written to its end: a Writer closed it.
func (r *Reader) Whole() bool { return r.whole }

// ReadAt reads as [io.ReaderAt] has it, and proves what it gives.
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read before the beginning of a sealed file")
	}
	for i := r.find(off); i < len(r.spans) && n < len(p); i++ {
		if err := r.load(i); err != nil {
			return n, err
		}
		n += copy(p[n:], r.plain[off+int64(n)-r.spans[i].from:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// find is the record that holds the byte at off.
func (r *Reader) find(off int64) int {
	low, high := 0, len(r.spans)
	for low < high {
		middle := (low + high) / 2
		if s := r.spans[middle]; s.from+int64(s.n) <= off {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func (r *Reader) load(i int) error {
	if r.now == i {
		return nil
	}
	r.now = -1
	s := r.spans[i]
	if need := s.n + tagSize; cap(r.sealed) < need {
		r.sealed = make([]byte, need)
	}
	r.sealed = r.sealed[:s.n+tagSize]
	if _, err := r.in.ReadAt(r.sealed, s.at); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	plain, err := r.aead.Open(r.plain[:0], nonce(&r.nonce, uint64(i), false), r.sealed, nil)
	if err != nil {
		return fmt.Errorf("%w: record %d", ErrDamaged, i+1)
	}
	r.plain, r.now = plain, i
	return nil
}
