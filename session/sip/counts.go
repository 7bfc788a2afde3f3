package sip

import (
	"strconv"
	"sync"
	"sync/atomic"

	wire "github.com/emiago/sipgo/sip"
)

// counts are what happened since the server was opened.
type counts struct {
	flood     atomic.Uint64 // messages of a source that sent too many
	malformed atomic.Uint64 // messages that are none
	stray     atomic.Uint64 // answers to nothing that was asked
	answered  atomic.Uint64 // calls
	placed    atomic.Uint64 // calls, answered by the other side
	unheard   atomic.Uint64 // calls answered that were never acknowledged
	lost      atomic.Uint64 // goodbyes that nobody answered

	mu      sync.Mutex
	refuses map[int]uint64 // by status
}

func (c *counts) refused(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuses == nil {
		c.refuses = map[int]uint64{}
	}
	c.refuses[status]++
}

// Stats returns how often what happened since the server was opened: messages
// "flood", "malformed" and "stray", calls "answered", "placed" and "unheard", BYEs
// "lost", requests "refused_STATUS".
func (s *Server) Stats() map[string]uint64 {
	c := &s.counts
	all := map[string]uint64{
		"flood": c.flood.Load(), "malformed": c.malformed.Load(), "stray": c.stray.Load(), "answered": c.answered.Load(),
		"placed": c.placed.Load(), "unheard": c.unheard.Load(), "lost": c.lost.Load(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for status, n := range c.refuses {
		all["refused_"+strconv.Itoa(status)] = n
	}
	return all
}

// stray is called by sipgo for an answer that belongs to no transaction.
func (s *Server) stray(*wire.Response) { s.counts.stray.Add(1) }
