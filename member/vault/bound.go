package vault

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// boundPrefix begins a text that is sealed for one place.
const boundPrefix = "hk2."

// SealFor returns a text as it is kept in one place, such as a column of a row: moved to
// another it is not opened. Otherwise it is as [Vault.Seal].
func (v *Vault) SealFor(place, text string) string {
	return v.sealNewest(boundPrefix, text, func(key string) []byte { return bound(key, place) })
}

// OpenFor returns what [Vault.SealFor] sealed for that place, and whether the text was:
// one that was sealed for another is returned as it is.
func (v *Vault) OpenFor(place, text string) (plain string, was bool) {
	if !strings.HasPrefix(text, boundPrefix) {
		return text, false
	}
	key, body, _ := strings.Cut(text[len(boundPrefix):], ".")
	aead := v.key(key)
	if aead == nil || key == searching {
		return text, false
	}
	buf, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(buf) < nonceSize+aead.Overhead() {
		return text, false
	}
	opened, err := aead.Open(buf[nonceSize:nonceSize], buf[:nonceSize], buf[nonceSize:], bound(key, place))
	if err != nil {
		return text, false
	}
	return string(opened), true
}

// Bound tells whether a text looks like one that was sealed for some place, this or another.
func Bound(text string) bool { return strings.HasPrefix(text, boundPrefix) }

// Newest tells whether a text was sealed for a place under the newest key.
func (v *Vault) Newest(text string) bool {
	r := v.ring.Load()
	return r != nil && strings.HasPrefix(text, boundPrefix+strconv.FormatInt(r.current, 10)+".")
}

// bound is what a text for a place is bound to; no key's name holds a zero.
func bound(key, place string) []byte { return []byte(key + "\x00" + place) }
