package rtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

const (
	replayWindow = 256 // packets
	maxSources   = 16  // SSRCs of one peer: pion keeps each for good
)

var (
	errLocked  = errors.New("no keys yet")
	errSources = errors.New("too many SSRCs")
)

// plan is how a new agreement gets its keys.
type plan struct {
	local, remote cryptoLine // SDES; no suite: none
	dtls          *dtlsPlan
}

// vault holds the keys of both directions. It has a lock for each, because
// pion's contexts have none.
type vault struct {
	out struct {
		sync.Mutex
		line    cryptoLine
		context *srtp.Context // nil: none
		header  rtp.Header
	}
	in struct {
		sync.Mutex
		line    cryptoLine
		context *srtp.Context
		before  *srtp.Context // the keys before these: packets on their way have them
		header  rtp.Header
		sources [maxSources]uint32
		n       int
	}
}

// lock takes all keys away.
func (v *vault) lock() {
	v.out.Lock()
	v.out.context, v.out.line = nil, cryptoLine{}
	v.out.Unlock()
	v.in.Lock()
	v.in.context, v.in.before, v.in.line = nil, nil, cryptoLine{}
	v.in.Unlock()
}

// install sets the keys. Those that stay the same keep their packet counts
// (RFC 3711, 3.3.1); a direction's own change resets them.
func (v *vault) install(local, remote cryptoLine) error {
	if err := v.installIn(remote); err != nil {
		return err
	}
	v.out.Lock()
	defer v.out.Unlock()
	if v.out.context != nil && v.out.line.equal(local) {
		return nil
	}
	context, err := newContext(local)
	if err != nil {
		return err
	}
	v.out.context, v.out.line = context, local
	return nil
}

func (v *vault) installIn(remote cryptoLine) error {
	v.in.Lock()
	defer v.in.Unlock()
	if v.in.context != nil && v.in.line.equal(remote) {
		return nil
	}
	context, err := newContext(remote)
	if err != nil {
		return err
	}
	v.in.before = v.in.context
	v.in.context, v.in.line, v.in.n = context, remote, 0
	return nil
}

func newContext(c cryptoLine) (*srtp.Context, error) {
	key, salt := c.secret[:c.suite.key], c.secret[c.suite.key:]
	options := []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)}
	if len(c.mki) > 0 {
		options = append(options, srtp.MasterKeyIndicator(bytes.Clone(c.mki)))
	}
	context, err := srtp.CreateContext(key, salt, c.suite.profile, options...)
	if err != nil {
		return nil, fmt.Errorf("keys for %s: %w", c.suite.name, err)
	}
	return context, nil
}

// ready tells whether sound can be protected.
func (v *vault) ready() bool {
	v.out.Lock()
	defer v.out.Unlock()
	return v.out.context != nil
}

// seal protects a packet in its own buffer, which must have room for the tag.
func (v *vault) seal(b []byte, control bool) ([]byte, error) {
	v.out.Lock()
	defer v.out.Unlock()
	switch {
	case v.out.context == nil:
		return nil, errLocked
	case control:
		return v.out.context.EncryptRTCP(nil, b, nil)
	}
	return v.out.context.EncryptRTP(b, b, &v.out.header)
}

// open checks a packet of that SSRC and decrypts it in its own buffer.
func (v *vault) open(b []byte, ssrc uint32) ([]byte, error) {
	v.in.Lock()
	defer v.in.Unlock()
	if v.in.context == nil {
		return nil, errLocked
	}
	if !v.room(ssrc) {
		return nil, errSources
	}
	if v.in.before != nil {
		if opened, err := v.in.before.DecryptRTP(nil, b, &v.in.header); err == nil {
			return opened, nil
		}
	}
	opened, err := v.in.context.DecryptRTP(b, b, &v.in.header)
	if err == nil {
		v.in.before = nil
		v.remember(ssrc)
	}
	return opened, err
}

// room tells whether the SSRC is known or may become so.
func (v *vault) room(ssrc uint32) bool {
	return v.in.n < maxSources || slices.Contains(v.in.sources[:], ssrc)
}

func (v *vault) remember(ssrc uint32) {
	if !slices.Contains(v.in.sources[:v.in.n], ssrc) {
		v.in.sources[v.in.n] = ssrc
		v.in.n++
	}
}

// openControl is open for RTCP, into another buffer.
func (v *vault) openControl(b []byte) ([]byte, error) {
	v.in.Lock()
	defer v.in.Unlock()
	if v.in.context == nil || len(b) < 8 {
		return nil, errLocked
	}
	ssrc := binary.BigEndian.Uint32(b[4:])
	if !v.room(ssrc) {
		return nil, errSources
	}
	opened, err := v.in.context.DecryptRTCP(nil, b, nil)
	if err == nil {
		v.remember(ssrc)
	} else if v.in.before != nil {
		return v.in.before.DecryptRTCP(nil, b, nil)
	}
	return opened, err
}
