// Package vault keeps texts so that a stolen disk, dump or backup tells nothing: sealed
// with AES-256-GCM under data keys that are themselves kept wrapped by a master key
// (envelope encryption, as NIST SP 800-57 calls for). The master key is in a file, or
// wherever a [KMS] has it.
//
// A sealed text says which key it needs, so that old and new keys work side by side while
// one takes the other's place. What must be found by its value, such as a phone number, is
// sealed under a key of its own so that equal texts are equal (SIV's construction: the
// nonce is an HMAC of the text); who has the database alone can tell that two are the
// same, and not what they are.
//
// It keeps no keys anywhere, and starts no goroutine.
package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	prefix    = "hk1."
	searching = "s" // in place of a data key's number
	keySize   = 32  // bytes
	nonceSize = 12  // bytes
	staleAge  = 5 * time.Second
)

// Key is a data key as it is kept: wrapped.
type Key struct {
	ID      int64  // from 1; 0 is the key of what is searched for
	Wrapped []byte // by the master key
	Master  string // which one, [KMS.ID]
}

// KMS holds the master key and wraps data keys with it.
type KMS interface {
	// ID names the master key, and tells nothing of it.
	ID() string
	// Wrap returns a data key as it may be kept.
	Wrap(ctx context.Context, key []byte) ([]byte, error)
	// Unwrap returns what Wrap was given, or [ErrMaster].
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}

// ErrMaster says that a data key was wrapped by another master key.
var ErrMaster = errors.New("the data keys are under another master key")

// Vault seals and opens. Its zero value passes everything through as it is, until
// [Vault.Load] gives it keys. It is safe from any goroutine.
type Vault struct {
	// Reload, if set, is called for the newest keys when a text needs one that is not
	// known, and before sealing when the last call is five seconds past. It calls Load.
	Reload func() error

	ring   atomic.Pointer[ring]
	strict atomic.Bool  // see [Vault.Strict]
	loaded atomic.Int64 // Unix ns
	mu     sync.Mutex   // one reload at a time
	asked  int64        // for the key, when it was last not there; Unix ns
}

// ring is a set of unwrapped keys. It is never changed, only replaced.
type ring struct {
	data    map[int64]cipher.AEAD
	current int64 // that new texts are sealed under
	search  cipher.AEAD
	nonces  []byte // the HMAC key of the search key's nonces
}

// Load unwraps keys and uses them from now on, the one with the greatest number for new
// texts. Each wrapped key is unwrapped once in a Vault's life.
func (v *Vault) Load(ctx context.Context, kms KMS, keys []Key) error {
	old := v.ring.Load()
	next := &ring{data: make(map[int64]cipher.AEAD, len(keys))}
	for _, k := range keys {
		if old != nil && k.ID == 0 {
			next.search, next.nonces = old.search, old.nonces
			continue
		}
		if old != nil && old.data[k.ID] != nil {
			next.data[k.ID] = old.data[k.ID]
			next.current = max(next.current, k.ID)
			continue
		}
		plain, err := kms.Unwrap(ctx, k.Wrapped)
		if err != nil {
			return fmt.Errorf("data key %d, wrapped by master key %s, with master key %s: %w", k.ID, k.Master, kms.ID(), err)
		}
		if err := next.add(k.ID, plain); err != nil {
			return err
		}
	}
	if next.current == 0 || next.search == nil {
		return errors.New("the keys are not whole: one of them is missing")
	}
	v.ring.Store(next)
	v.loaded.Store(time.Now().UnixNano())
	return nil
}

func (r *ring) add(id int64, plain []byte) error {
	if id > 0 {
		aead, err := gcm(plain)
		r.data[id], r.current = aead, max(r.current, id)
		return err
	}
	sealing, err := hkdf.Expand(sha256.New, plain, "huike search seal", keySize)
	if err == nil {
		r.search, err = gcm(sealing)
	}
	if err == nil {
		r.nonces, err = hkdf.Expand(sha256.New, plain, "huike search nonce", keySize)
	}
	return err
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// NewKey returns a fresh data key, wrapped.
func NewKey(ctx context.Context, kms KMS, id int64) (Key, error) {
	plain := make([]byte, keySize)
	_, _ = rand.Read(plain) // never fails
	wrapped, err := kms.Wrap(ctx, plain)
	return Key{ID: id, Wrapped: wrapped, Master: kms.ID()}, err
}

// Sealing reports whether there are keys.
func (v *Vault) Sealing() bool { return v.ring.Load() != nil }

// Current returns the beginning of every text that is sealed for a place under the newest
// key.
func (v *Vault) Current() string {
	r := v.ring.Load()
	if r == nil {
		return ""
	}
	return boundPrefix + strconv.FormatInt(r.current, 10) + "."
}

// Searched is how every text begins that [Vault.Search] made.
const Searched = prefix + searching + "."

// Seal returns a text as it is kept. Two seals of one text differ. An empty text stays
// empty, and without keys every text stays as it is.
func (v *Vault) Seal(text string) string {
	return v.sealNewest(prefix, text, func(key string) []byte { return []byte(key) })
}

// sealNewest seals a text under the newest data key, bound to what bind makes of the
// key's name; begin tells how it is bound.
func (v *Vault) sealNewest(begin, text string, bind func(key string) []byte) string {
	r := v.ring.Load()
	if r == nil || text == "" {
		return text
	}
	if time.Now().UnixNano()-v.loaded.Load() > int64(staleAge) {
		v.refresh()
		r = v.ring.Load()
	}
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // never fails
	key := strconv.FormatInt(r.current, 10)
	return seal(r.data[r.current], begin, key, bind(key), nonce[:], text)
}

// Search returns a text as it is kept where it is found by its value: equal texts are
// equal. An empty text stays empty, and without keys every text stays as it is.
func (v *Vault) Search(text string) string {
	r := v.ring.Load()
	if r == nil || text == "" {
		return text
	}
	h := hmac.New(sha256.New, r.nonces)
	_, _ = h.Write([]byte(text))
	return seal(r.search, prefix, searching, []byte(searching), h.Sum(nil)[:nonceSize], text)
}

// Hash returns a keyed hash of a text, for keys of caches: it cannot be turned back. Without
// keys it is not keyed.
func (v *Vault) Hash(text string) [sha256.Size]byte {
	r := v.ring.Load()
	if r == nil {
		return sha256.Sum256([]byte(text))
	}
	h := hmac.New(sha256.New, r.nonces)
	_, _ = h.Write([]byte("hash\x00" + text))
	return [sha256.Size]byte(h.Sum(nil))
}

// seal returns a text sealed under a key of that name and bound to what else is given.
func seal(aead cipher.AEAD, prefix, key string, bound, nonce []byte, text string) string {
	buf := make([]byte, nonceSize, nonceSize+len(text)+aead.Overhead())
	copy(buf, nonce)
	buf = aead.Seal(buf, nonce, []byte(text), bound)
	out := make([]byte, 0, len(prefix)+len(key)+1+base64.RawURLEncoding.EncodedLen(len(buf)))
	out = append(append(append(out, prefix...), key...), '.')
	return string(base64.RawURLEncoding.AppendEncode(out, buf))
}

// Open returns what was sealed, and whether the text was. One that was not, or that no key
// opens, is returned as it is: a person may have written anything that looks like a seal.
func (v *Vault) Open(text string) (plain string, was bool) {
	if !strings.HasPrefix(text, prefix) {
		return text, false
	}
	key, body, _ := strings.Cut(text[len(prefix):], ".")
	aead := v.key(key)
	if aead == nil {
		return text, false
	}
	buf, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(buf) < nonceSize+aead.Overhead() {
		return text, false
	}
	opened, err := aead.Open(buf[nonceSize:nonceSize], buf[:nonceSize], buf[nonceSize:], []byte(key))
	if err != nil {
		return text, false
	}
	return string(opened), true
}

// key returns the key of a name, looking for new ones if it is not known.
func (v *Vault) key(name string) cipher.AEAD {
	r := v.ring.Load()
	if r == nil {
		return nil
	}
	if name == searching {
		return r.search
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil
	}
	if r.data[id] == nil {
		v.missing()
		r = v.ring.Load()
	}
	return r.data[id]
}

// missing asks for new keys, at most once a second.
func (v *Vault) missing() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := time.Now().UnixNano(); v.Reload != nil && now-v.asked > int64(time.Second) {
		_ = v.Reload() // the text then stays sealed, and is asked for again
		v.asked = time.Now().UnixNano()
	}
}

// refresh asks for new keys, unless another is asking.
func (v *Vault) refresh() {
	if v.Reload == nil || !v.mu.TryLock() {
		return
	}
	defer v.mu.Unlock()
	_ = v.Reload() // the old key goes on
	v.loaded.Store(time.Now().UnixNano())
}
