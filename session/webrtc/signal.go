package webrtc

import (
	"context"
	"errors"
	"fmt"

	"github.com/pion/webrtc/v4"
)

// errManyCandidates refuses more than candidateLimit of them.
var errManyCandidates = fmt.Errorf("an ICE session takes %d trickled candidates", candidateLimit)

// answer gives the peer's offer to pion and returns the answer, with all of
// this side's candidates in it.
func (l *Leg) answer(ctx context.Context, offer string) (string, error) {
	l.pc.OnDataChannel(l.talk.offer)
	if _, err := l.pc.AddTrack(l.out); err != nil {
		return "", fmt.Errorf("add the track: %w", err)
	}
	return l.renegotiate(ctx, offer)
}

// renegotiate answers the peer's offer, the first or another.
func (l *Leg) renegotiate(ctx context.Context, offer string) (string, error) {
	l.signalling.Lock()
	defer l.signalling.Unlock()
	return l.negotiate(ctx, offer)
}

// negotiate is renegotiate for one who holds signalling.
func (l *Leg) negotiate(ctx context.Context, offer string) (string, error) {
	err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer})
	if err != nil {
		return "", fmt.Errorf("take the offer: %w", err)
	}
	answer, err := l.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("answer the offer: %w", err)
	}
	types, err := agreedTypes(answer.SDP, "recvonly")
	if err != nil {
		return "", err
	}
	l.agree(types, offer)
	described, err := l.describe(ctx, answer)
	if err != nil {
		return "", err
	}
	now := session{local: ufragOf(described), remote: ufragOf(offer)}
	if before := l.session.Swap(&now); before == nil || *before != now {
		l.candidates.Store(0)
	}
	if l.opener.Load() != nil { // an ICE restart: the keys stay
		l.shorten()
	}
	return askFor(described, types.opus), nil
}

// describe sets this side's description and returns it once the candidates are
// gathered.
func (l *Leg) describe(ctx context.Context, description webrtc.SessionDescription) (string, error) {
	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(description); err != nil {
		return "", fmt.Errorf("set the local description: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, gatherTimeout)
	defer cancel()
	select {
	case <-gathered:
		return l.pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", fmt.Errorf("gather candidates: %w", ctx.Err())
	}
}

// addCandidate takes a late candidate, "candidate:…" or the "" that ends them.
func (l *Leg) addCandidate(candidate string) error {
	if candidate == "" {
		return nil
	}
	if l.candidates.Add(1) > candidateLimit {
		return errManyCandidates
	}
	if len(candidate) > candidateLength {
		return errors.New("the candidate is too long")
	}
	if err := l.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: candidate}); err != nil {
		return errors.New("the candidate is malformed (RFC 8839)")
	}
	return nil
}
