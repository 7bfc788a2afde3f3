package connect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a webhook (Standard Webhooks 1.0.0).
const (
	headerID        = "Webhook-Id"
	headerTime      = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// window is by how much a webhook's time may differ from this server's: an older one may be
// a copy that somebody sends again.
const window = 5 * time.Minute

// Why a webhook is not taken.
var (
	ErrSecret    = errors.New("secret: want whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)")
	ErrUnsigned  = errors.New("want the headers webhook-id, webhook-timestamp and webhook-signature")
	ErrStale     = errors.New("webhook-timestamp is more than 5 minutes from this server's clock")
	ErrSignature = errors.New("webhook-signature is none of this secret's")
)

// Secret reads a secret: "whsec_" and 24 to 64 bytes in base64.
func Secret(text string) ([]byte, error) {
	encoded, is := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !is || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, ErrSecret
	}
	return key, nil
}

// Sign signs a body: the value of webhook-signature.
func Sign(secret []byte, id string, at time.Time, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(sum(secret, id, strconv.FormatInt(at.Unix(), 10), body))
}

func sum(secret []byte, id, at string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte(id + "." + at + ".")) // never fails
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// Verify checks a webhook: one of its signatures is the secret's, and its time is now's.
func Verify(secret []byte, head http.Header, body []byte, now time.Time) error {
	id, at, signatures := head.Get(headerID), head.Get(headerTime), head.Get(headerSignature)
	if id == "" || at == "" || signatures == "" {
		return ErrUnsigned
	}
	want := sum(secret, id, at, body)
	found := false
	for one := range strings.FieldsSeq(signatures) {
		version, encoded, _ := strings.Cut(one, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		found = found || version == "v1" && err == nil && hmac.Equal(got, want)
	}
	if !found {
		return ErrSignature
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > window {
		return ErrStale
	}
	return nil
}
