package webrtc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// AnyChannel as [Accepting.Channel] takes the first data channel that the peer
// opens, whatever its label.
const AnyChannel = "*"

var (
	// ErrOffer is wrapped by the error for an offer or a candidate that cannot be
	// taken: HTTP status 400. Its text says why, and may be told to the peer.
	ErrOffer = errors.New("webrtc: offer refused")
	// ErrBusy is wrapped, together with Admit's own error, when Admit refuses a
	// call: HTTP status 503.
	ErrBusy = errors.New("webrtc: no more calls are admitted")
)

// Accepting says how [Server.Accept] takes a call that was not signalled by
// WHIP. Only Handle must be set.
type Accepting struct {
	Handle  Handler
	Request Request // given to Handle

	// Admit reserves a line, as Config.Admit does; Server.Admit is the server's
	// own. Nil takes no line.
	Admit func() (release func(), err error)

	// Channel is the label of the data channel, opened by the peer, that carries
	// Messages and Send as they are. Empty is "events".
	Channel string

	// MessageLimit is how many bytes a message from the peer may have; a longer
	// one ends the leg. Zero is 16 KiB, and the most is 64 KiB.
	MessageLimit int

	guarded bool // its resource asks for one of Config.Tokens
}

// Resource is an accepted call as its signalling sees it. All its methods may
// be called from any goroutine, and after the call is over.
type Resource struct {
	server *Server
	leg    *Leg
}

// Accept answers an SDP offer of sound (and of a data channel) with a leg that
// a.Handle carries on a goroutine of its own. ctx bounds the answering alone;
// the call outlives it, and keeps its values. The answer has all of this side's
// candidates. An error wraps [ErrOffer], [ErrBusy] or [ErrClosed], or is the
// server's own fault.
func (s *Server) Accept(ctx context.Context, offer string, a Accepting) (answer string, call *Resource, err error) {
	release := func() {}
	if a.Admit != nil {
		if release, err = a.Admit(); err != nil {
			return "", nil, fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
	carried, cancel := context.WithCancel(context.WithoutCancel(ctx))
	leg, answer, err := s.begin(ctx, offer, a, cancel)
	if err != nil {
		cancel()
		release()
		return "", nil, err
	}
	if err := s.add(leg, cancel); err != nil {
		cancel()
		_ = leg.Close("server closed")
		release()
		return "", nil, err
	}
	go func() {
		defer s.running.Done()
		defer release()
		defer cancel()
		s.carry(carried, leg, a.Request, a.Handle)
	}()
	return answer, &Resource{server: s, leg: leg}, nil
}

// begin makes the leg that offer asks for, whose end calls gone, and its answer.
func (s *Server) begin(ctx context.Context, offer string, a Accepting, gone func()) (leg *Leg, answer string, err error) {
	if err := checkOffer([]byte(offer)); err != nil {
		return nil, "", refused(err)
	}
	leg, err = newLeg(s.engine, rand.Text(), a.Request.Remote)
	if err != nil {
		return nil, "", fmt.Errorf("webrtc: open a peer connection: %w", err)
	}
	leg.guarded, leg.gone = a.guarded, gone
	leg.talk.take(a.Channel, a.MessageLimit)
	if answer, err = leg.answer(ctx, offer); err != nil {
		_ = leg.Close("offer refused")
		return nil, "", refused(err)
	}
	return leg, answer, nil
}

// refusedError is why an offer is refused, in the words for the peer.
type refusedError struct{ error }

func (r refusedError) Is(target error) bool { return target == ErrOffer }
func (r refusedError) Unwrap() error        { return r.error }

func refused(err error) error { return refusedError{err} }

// ID names the call. It cannot be guessed: who knows it may steer the call.
func (r *Resource) ID() string { return r.leg.id }

// Done is closed when the call is over.
func (r *Resource) Done() <-chan struct{} { return r.leg.done }

// Resource returns the call of that id, or nil when there is none or its peer
// has hung up.
func (s *Server) Resource(id string) *Resource {
	leg := s.leg(id)
	if leg == nil {
		return nil
	}
	return &Resource{server: s, leg: leg}
}

// AddCandidate takes a late candidate of the peer's, as in RTCIceCandidate:
// "candidate:…". An empty one, the end of candidates, is taken and means
// nothing. The error wraps [ErrOffer].
func (r *Resource) AddCandidate(candidate string) error {
	if err := r.leg.addCandidate(candidate); err != nil {
		return refused(err)
	}
	return nil
}

// Renegotiate answers another offer of the same peer: with new ICE credentials
// it is an ICE restart, after which the call goes on. What is agreed upon of
// sound stays as it is. The error wraps [ErrOffer].
func (r *Resource) Renegotiate(ctx context.Context, offer string) (answer string, err error) {
	if err := checkOffer([]byte(offer)); err != nil {
		return "", refused(err)
	}
	if answer, err = r.leg.renegotiate(ctx, offer); err != nil {
		return "", refused(err)
	}
	return answer, nil
}

// Close ends the call because its peer has hung up, and reports whether it was
// there.
func (r *Resource) Close() bool {
	if !r.server.remove(r.leg) {
		return false
	}
	r.leg.over("peer hung up")
	return true
}
