package robot

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"huike/audio"
)

const (
	patience  = 6 * time.Second        // for an answer; a turn without one is lost
	longReply = 90 * time.Second       // for an answer to end
	listens   = 700 * time.Millisecond // to an answer before interrupting it, and up to as much again
)

// Turn is one turn of a caller, taken at the packet.
type Turn struct {
	At        time.Time     // when the caller's last packet of speech was sent
	Answer    time.Duration // from there to the first packet of the answer
	Lost      bool          // no answer came
	CutOff    bool          // the agent began before the caller had finished
	Stop      time.Duration // of an interruption: from its first packet to the agent's last
	Barge     bool          // it interrupted the agent
	Utterance string
}

// Shopper is how a caller under load behaves.
type Shopper struct {
	Speech    []Utterance
	Interrupt int // every how many-th answer is interrupted; 0 for none
	Until     time.Time
	Each      int // turns after which the caller hangs up; 0 for none
	Random    *rand.Rand

	next int // in Speech

	mu    sync.Mutex
	turns []Turn
}

// Turns returns what was measured so far.
func (s *Shopper) Turns() []Turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Turn(nil), s.turns...)
}

// Shop is a script: it hears the greeting, then speaks, is answered, and interrupts
// now and then, until its time is over.
func (s *Shopper) Shop(ctx context.Context, r *Robot, greeted func()) error {
	r.Answer(ctx, time.Now().Add(-time.Second), patience)
	greeted()
	r.Silence(ctx, longReply)
	for n := 1; time.Now().Before(s.Until) && ctx.Err() == nil && (s.Each == 0 || n <= s.Each); n++ {
		if !sleep(ctx, 300*time.Millisecond+s.upTo(700*time.Millisecond)) {
			break
		}
		if err := s.turn(ctx, r, false); err != nil {
			return err
		}
		if s.Interrupt > 0 && n%s.Interrupt == 0 && sleep(ctx, listens+s.upTo(listens)) {
			if err := s.turn(ctx, r, true); err != nil {
				return err
			}
		}
		r.Silence(ctx, longReply)
	}
	return nil
}

// turn says something and waits for the answer to begin.
func (s *Shopper) turn(ctx context.Context, r *Robot, barge bool) error {
	u := s.Speech[s.next%len(s.Speech)]
	s.next++
	began, ended, err := r.Say(ctx, u)
	if err != nil {
		return err
	}
	t := Turn{At: ended, Barge: barge, Utterance: u.Name}
	r.mu.Lock()
	latest, stretch := r.latest, r.began
	r.mu.Unlock()
	if barge {
		t.Stop = max(latest.Sub(began), 0)
	} else {
		t.CutOff = stretch.After(began)
	}
	at, ok := r.Answer(ctx, ended.Add(-audio.PTime), patience)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.Answer, t.Lost = at.Sub(ended), !ok && !t.CutOff
	s.mu.Lock()
	s.turns = append(s.turns, t)
	s.mu.Unlock()
	return nil
}

func (s *Shopper) upTo(d time.Duration) time.Duration {
	return time.Duration(s.Random.Int64N(int64(d)))
}

// sleep waits; it reports whether ctx still goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
