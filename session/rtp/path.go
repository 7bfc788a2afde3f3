package rtp

import (
	"net/netip"
	"sync"
	"time"
)

const (
	probationNear = 2                      // packets in a row that make a host believed which was to be expected
	probationFar  = 25                     // and one that was not: half a second of sound
	quiet         = 2 * time.Second        // a source that has said nothing for so long may have moved
	maxMove       = 3000                   // sequence numbers by which a stream may have gone on meanwhile
	trialLife     = 200 * time.Millisecond // that a source on probation may leave between two packets, while another waits
	farQuiet      = 10 * time.Second       // a far one gives way to any other after this
)

// rank is how much speaks for a source. A higher one takes the place of a lower.
type rank uint8

const (
	unknown rank = iota
	far          // a host that nobody has named
	near         // the host of the description or of the signalling, at another port
	told         // exactly what the description says
	proven       // its packets are authentic
)

// path is the way to the other side: where its sound comes from, and where ours
// goes. A telephone behind NAT does not know its own address, so what it tells
// may be wrong, and its packets show the right one (symmetric RTP, RFC 4961;
// latching, RFC 7362). What comes from elsewhere is dropped. So that nobody else
// takes the call over:
//
//   - a source must send packets in a row, of one SSRC, before it is believed:
//     two where its host is named by the description or the signalling, 25 else;
//   - while it sends, only a source of higher rank takes its place;
//   - when it has been quiet, one of the same rank may, if it goes on with the
//     same SSRC and a sequence number near: a stranger would have to guess both;
//   - under SRTP authentic packets alone count, and then the newest decides.
type path struct {
	mu     sync.Mutex
	strict bool // nothing but the told address
	told   netip.AddrPort
	hosts  netip.Addr // the signalling's
	at     netip.AddrPort
	rank   rank
	heard  time.Duration // when the source at was heard last
	ssrc   uint32
	seq    uint16
	began  bool // ssrc and seq are set
	trial  trial
	moved  uint64
}

// trial is a source on probation.
type trial struct {
	from netip.AddrPort
	ssrc uint32
	seq  uint16
	n    int
	at   time.Duration // of the newest packet
}

// tell sets what a description says. A new address begins anew.
func (p *path) tell(told netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if told == p.told {
		return
	}
	p.told = told
	p.at, p.rank, p.began, p.trial = netip.AddrPort{}, unknown, false, trial{}
}

// target is where to send; not valid where that is not known yet.
func (p *path) target() netip.AddrPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at.IsValid() {
		return p.at
	}
	return p.told
}

// takes tells whether a packet comes from where sound may come from.
// authentic is for a packet that SRTP has let through.
func (p *path) takes(from netip.AddrPort, ssrc uint32, seq uint16, authentic bool, at time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if from == p.at {
		p.heard = at
		if step := int16(seq - p.seq); ssrc != p.ssrc || step > 0 || !p.began {
			p.ssrc, p.seq, p.began = ssrc, seq, true
		}
		return true
	}
	if p.strict {
		if from != p.told {
			return false
		}
		p.latch(from, told, ssrc, seq, at)
		return true
	}
	if authentic {
		// An old packet that was held back proves nothing about where the stream is now.
		if p.at.IsValid() && ssrc == p.ssrc && int16(seq-p.seq) < 0 {
			return true
		}
		p.latch(from, proven, ssrc, seq, at)
		return true
	}
	return p.plain(from, ssrc, seq, at)
}

// plain decides about a packet that proves nothing.
func (p *path) plain(from netip.AddrPort, ssrc uint32, seq uint16, at time.Duration) bool {
	r, need := p.rankOf(from), probationNear
	switch r {
	case told:
		need = 1
	case far:
		need = probationFar
	default:
	}
	if !p.open(r, ssrc, seq, at) {
		return false
	}
	t := &p.trial
	if t.from == from && t.ssrc == ssrc && seq == t.seq+1 {
		t.n++
	} else if t.from != from && r <= p.rankOf(t.from) && t.n > 0 && at-t.at < trialLife {
		return false // somebody with as good a claim is being tried
	} else {
		*t = trial{from: from, ssrc: ssrc, n: 1}
	}
	t.seq, t.at = seq, at
	if t.n < need {
		return false
	}
	p.latch(from, r, ssrc, seq, at)
	return true
}

// open tells whether a source of that rank may take the place of the one there is.
func (p *path) open(r rank, ssrc uint32, seq uint16, at time.Duration) bool {
	switch {
	case !p.at.IsValid(), r > p.rank:
		return true
	case at-p.heard < quiet:
		return false
	case p.rank == far && at-p.heard >= farQuiet:
		return true
	}
	step := int16(seq - p.seq)
	return ssrc == p.ssrc && step > 0 && step < maxMove
}

func (p *path) rankOf(from netip.AddrPort) rank {
	switch {
	case from == p.told:
		return told
	case from.Addr() == p.told.Addr(), from.Addr() == p.hosts:
		return near
	case !from.IsValid():
		return unknown
	}
	return far
}

func (p *path) latch(from netip.AddrPort, r rank, ssrc uint32, seq uint16, at time.Duration) {
	if p.at.IsValid() {
		p.moved++
	}
	p.at, p.rank, p.heard = from, r, at
	p.ssrc, p.seq, p.began = ssrc, seq, true
	p.trial = trial{}
}

// host is the address that sound comes from, for RTCP on a port of its own.
func (p *path) host() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at.Addr()
}

// silent is how long nothing has come from the other side.
func (p *path) silent(at time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return at - p.heard
}
