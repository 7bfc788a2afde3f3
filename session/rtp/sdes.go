package rtp

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/pion/srtp/v3"
)

// suite is one way to protect RTP.
type suite struct {
	name    string // RFC 4568, 6.2; RFC 6188, 7; RFC 7714, 14.2
	profile srtp.ProtectionProfile
	key     int // bytes of the master key
	salt    int // bytes of the master salt
}

// suites are those that are taken, and of these the first are offered.
func suites() []suite {
	return []suite{
		{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
		{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
		{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
		{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
		{"AES_256_CM_HMAC_SHA1_80", srtp.ProtectionProfileAes256CmHmacSha1_80, 32, 14},
	}
}

const offeredSuites = 3

// cryptoLine is one line of a=crypto (RFC 4568, 4).
type cryptoLine struct {
	tag    string
	suite  suite
	secret []byte // master key, then master salt
	mki    []byte // nil: packets carry none
}

// newCrypto makes a line with a secret of its own.
func newCrypto(tag string, s suite) cryptoLine {
	secret := make([]byte, s.key+s.salt)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return cryptoLine{tag: tag, suite: s, secret: secret}
}

// String returns the attribute's value.
func (c cryptoLine) String() string {
	return c.tag + " " + c.suite.name + " inline:" + base64.StdEncoding.EncodeToString(c.secret)
}

// equal tells whether two lines mean the same keys.
func (c cryptoLine) equal(d cryptoLine) bool {
	return c.suite == d.suite && bytes.Equal(c.secret, d.secret) && bytes.Equal(c.mki, d.mki)
}

// parseCrypto reads a line; ok is false if this side cannot do what it says:
// another suite, more than one key, or a session parameter that changes what is
// on the wire (RFC 4568, 6.3). WSH is a hint and may be passed over.
func parseCrypto(value string) (c cryptoLine, ok bool) {
	words := strings.Fields(value)
	if len(words) < 3 || len(words[0]) > 9 {
		return cryptoLine{}, false
	}
	if _, err := strconv.ParseUint(words[0], 10, 32); err != nil {
		return cryptoLine{}, false
	}
	c.tag = words[0]
	for _, s := range suites() {
		if strings.EqualFold(s.name, words[1]) {
			c.suite, ok = s, true
		}
	}
	for _, parameter := range words[3:] {
		ok = ok && strings.HasPrefix(strings.ToUpper(parameter), "WSH=")
	}
	return c, ok && c.parseKey(words[2])
}

// parseKey reads "inline:KEY", "inline:KEY|lifetime" and "inline:KEY|lifetime|mki:length".
// No call outlives a lifetime that a peer may write: 2^31 packets are more than a year.
func (c *cryptoLine) parseKey(word string) bool {
	method, rest, found := strings.Cut(word, ":")
	if !found || !strings.EqualFold(method, "inline") || strings.Contains(rest, ";") {
		return false
	}
	fields := strings.Split(rest, "|")
	secret, err := base64.StdEncoding.DecodeString(fields[0])
	if err != nil {
		secret, err = base64.RawStdEncoding.DecodeString(fields[0]) // some leave the padding out
	}
	if err != nil || len(secret) != c.suite.key+c.suite.salt || len(fields) > 3 {
		return false
	}
	c.secret = secret
	last := fields[len(fields)-1]
	if len(fields) == 1 || !strings.Contains(last, ":") {
		return len(fields) < 3
	}
	number, length, _ := strings.Cut(last, ":")
	value, err1 := strconv.ParseUint(number, 10, 64)
	size, err2 := strconv.ParseUint(length, 10, 8)
	if err1 != nil || err2 != nil || size < 1 || size > 128 {
		return false
	}
	c.mki = make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(c.mki[len(c.mki)-8:], value)
	c.mki = c.mki[len(c.mki)-int(size):]
	return true
}
