package realtime

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	mostSecrets   = 10000
	secretLife    = 10 * time.Minute
	longestLife   = 2 * time.Hour
	shortestLife  = 10 * time.Second
	protocolKey   = "openai-insecure-api-key."
	secretPrefix  = "ek_"
	longestSecret = 512 // bytes of a key that is looked at
)

// guest is who has shown a key.
type guest struct {
	own      bool      // a key of the server's own, not one that was made for a page
	settings *settings // what the ephemeral key was made with; nil for none
}

// keys knows who may call.
type keys struct {
	sums [][sha256.Size]byte
	any  bool // every key is right

	mu      sync.Mutex
	secrets map[string]secret
}

// secret is an ephemeral key.
type secret struct {
	until    time.Time
	settings settings
}

func newKeys(own []string, anyKey bool) *keys {
	k := &keys{any: anyKey, secrets: map[string]secret{}}
	for _, key := range own {
		k.sums = append(k.sums, sha256.Sum256([]byte(key)))
	}
	return k
}

// shown is the key in a request: Authorization, Azure's header, or a
// subprotocol, as browsers must.
func shown(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(bearer)
	}
	for _, list := range r.Header.Values("Sec-Websocket-Protocol") {
		for protocol := range strings.SplitSeq(list, ",") {
			if key, ok := strings.CutPrefix(strings.TrimSpace(protocol), protocolKey); ok {
				return key
			}
		}
	}
	return r.Header.Get("Api-Key")
}

// guest is who has shown that key; false for nobody.
func (k *keys) guest(key string, now time.Time) (guest, bool) {
	if len(key) > longestSecret {
		return guest{}, false
	}
	k.mu.Lock()
	s, ok := k.secrets[key]
	k.mu.Unlock()
	if ok && now.Before(s.until) {
		return guest{settings: &s.settings}, true
	}
	if ok || strings.HasPrefix(key, secretPrefix) {
		return guest{}, false // it is over
	}
	sum, found := sha256.Sum256([]byte(key)), 0
	for _, own := range k.sums {
		found |= subtle.ConstantTimeCompare(own[:], sum[:])
	}
	return guest{own: true}, found == 1 || k.any && key != ""
}

// make returns a new ephemeral key for such a session, and until when it opens
// calls; false when there are too many.
func (k *keys) make(s settings, life time.Duration, now time.Time) (key string, until time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.secrets) >= mostSecrets {
		for key, old := range k.secrets {
			if !now.Before(old.until) {
				delete(k.secrets, key)
			}
		}
		if len(k.secrets) >= mostSecrets {
			return "", time.Time{}, false
		}
	}
	until = now.Add(life).Truncate(time.Second)
	key = secretPrefix + strings.ToLower(rand.Text())
	k.secrets[key] = secret{until: until, settings: s}
	return key, until, true
}
