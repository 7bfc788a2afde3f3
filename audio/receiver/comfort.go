package receiver

import (
	"sync"

	"huike/audio"
	"huike/audio/codec"
)

// comfort is the noise that the sender says its pauses have (RFC 3389). Senders that
// say nothing cost no memory.
type comfort struct {
	mu     sync.Mutex
	maker  *codec.Comfort
	pieces []int16
}

// tell takes a payload of comfort noise.
func (c *comfort) tell(payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maker == nil {
		c.maker, c.pieces = &codec.Comfort{}, make([]int16, audio.FrameSamples)
	}
	c.maker.Hear(payload)
}

// noise returns n samples of it, valid until the next call, or nil where the sender
// has told nothing. n is at most a frame.
func (c *comfort) noise(n int) []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maker == nil || !c.maker.Known() || n > len(c.pieces) {
		return nil
	}
	c.maker.Fill(c.pieces[:n])
	return c.pieces[:n]
}
