package rtp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // fingerprints
	_ "crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// fingerprint is the hash of a certificate (RFC 8122, 5).
type fingerprint struct {
	name string // "sha-256"
	hash crypto.Hash
	sum  []byte
}

// parseFingerprint reads "sha-256 AB:CD:…". Weaker hashes are taken for none.
func parseFingerprint(value string) (fingerprint, bool) {
	words := strings.Fields(value)
	if len(words) != 2 {
		return fingerprint{}, false
	}
	f := fingerprint{name: strings.ToLower(words[0])}
	switch f.name {
	case "sha-256":
		f.hash = crypto.SHA256
	case "sha-384":
		f.hash = crypto.SHA384
	case "sha-512":
		f.hash = crypto.SHA512
	default:
		return fingerprint{}, false
	}
	var err error
	f.sum, err = hex.DecodeString(strings.ReplaceAll(words[1], ":", ""))
	return f, err == nil && len(f.sum) == f.hash.Size()
}

// String returns the attribute's value.
func (f fingerprint) String() string {
	pairs := make([]string, len(f.sum))
	for i, b := range f.sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return f.name + " " + strings.Join(pairs, ":")
}

func (f fingerprint) matches(certificate []byte) bool {
	h := f.hash.New()
	_, _ = h.Write(certificate)
	return bytes.Equal(h.Sum(nil), f.sum)
}

func fingerprintOf(certificate tls.Certificate) (string, error) {
	if len(certificate.Certificate) == 0 {
		return "", errors.New("fingerprint of no certificate")
	}
	h := crypto.SHA256.New()
	_, _ = h.Write(certificate.Certificate[0])
	return fingerprint{name: "sha-256", sum: h.Sum(nil)}.String(), nil
}
