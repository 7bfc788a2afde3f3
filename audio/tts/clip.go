package tts

import (
	"fmt"
	"sync"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/enhance"
	"huike/audio/playout"
)

// batch is how many frames are encoded before the first of them are handed on:
// 100 ms of sound, which takes a millisecond.
const batch = 5

// A Clip is something spoken. It is shared by all calls that say it: what it
// holds is read-only.
type Clip struct {
	PCM   []int16 // a whole number of frames
	Marks []Mark  // when its words are over

	other bool // not spoken by the voice that was asked, and therefore not kept

	mu    sync.Mutex
	items map[audio.Format][]playout.Item
	held  int // bytes that items occupy
}

// newClip makes a clip of pcm, which it keeps, and fills the last frame up.
func newClip(pcm []int16) *Clip {
	if over := len(pcm) % audio.FrameSamples; over > 0 {
		pcm = append(pcm, make([]int16, audio.FrameSamples-over)...)
	}
	return &Clip{PCM: pcm, items: make(map[audio.Format][]playout.Item)}
}

// Items returns the clip encoded for the wire. It is encoded once for each
// format and then kept; the slice and what it holds are shared and read-only.
func (c *Clip) Items(format audio.Format) ([]playout.Item, error) {
	if items, ok := c.encoded(format); ok {
		return items, nil
	}
	enc, err := newEncoding(format)
	if err != nil {
		return nil, err
	}
	if err := enc.add(c.PCM); err != nil {
		return nil, err
	}
	return c.keep(format, enc.items), nil
}

func (c *Clip) encoded(format audio.Format) ([]playout.Item, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	items, ok := c.items[format]
	return items, ok
}

// keep holds on to items, unless another call has encoded the same meanwhile.
func (c *Clip) keep(format audio.Format, items []playout.Item) []playout.Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	if others, ok := c.items[format]; ok {
		return others
	}
	c.items[format] = items
	c.held += weight(items)
	return items
}

// weight is what encoded sound occupies in bytes, without its samples, which are the
// clip's.
func weight(items []playout.Item) (bytes int) {
	const header = 80 + enhance.EchoBytes // of an item
	for i := range items {
		bytes += header + len(items[i].Payload)
	}
	return bytes
}

// play hands the clip to emit, and the beginning of it before the rest is
// encoded.
func (c *Clip) play(format audio.Format, emit func([]playout.Item) error) error {
	if items, ok := c.encoded(format); ok {
		return emitted(emit, items)
	}
	enc, err := newEncoding(format)
	if err != nil {
		return err
	}
	for from := 0; from < len(c.PCM); from += batch * audio.FrameSamples {
		before := len(enc.items)
		if err := enc.add(c.PCM[from:min(len(c.PCM), from+batch*audio.FrameSamples)]); err != nil {
			return err
		}
		if err := emitted(emit, enc.items[before:]); err != nil {
			return err
		}
	}
	c.keep(format, enc.items)
	return nil
}

// size is what the clip occupies in bytes, in all its encodings so far.
func (c *Clip) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return 2*len(c.PCM) + 16*len(c.Marks) + c.held + 256
}

// encoding turns sound that arrives in pieces into items.
type encoding struct {
	encoder codec.Encoder
	payload []byte
	rest    []int16 // less than a frame
	items   []playout.Item
}

func newEncoding(format audio.Format) (*encoding, error) {
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		return nil, err
	}
	return &encoding{encoder: encoder, payload: make([]byte, codec.MaxPayload)}, nil
}

// add encodes the whole frames of what has arrived. The items keep slices of
// pcm where it begins with a whole frame and no rest waits, copies otherwise.
func (e *encoding) add(pcm []int16) error {
	if len(e.rest) > 0 || len(pcm)%audio.FrameSamples != 0 {
		pcm = append(e.rest, pcm...)
		e.rest = nil
	}
	for ; len(pcm) >= audio.FrameSamples; pcm = pcm[audio.FrameSamples:] {
		frame := audio.Frame(pcm[:audio.FrameSamples:audio.FrameSamples])
		n, err := e.encoder.Encode(frame, e.payload)
		if err != nil {
			return fmt.Errorf("encode a prompt: %w", err)
		}
		payload := append(make([]byte, 0, n), e.payload[:n]...)
		e.items = append(e.items, playout.Item{Payload: payload, PCM: frame, Echo: enhance.EchoOf(frame)})
	}
	e.rest = append([]int16(nil), pcm...)
	return nil
}

// clip makes a clip of all that was encoded; what is left over must be silent
// enough to be filled up, and is encoded as the last frame.
func (e *encoding) clip(format audio.Format) (*Clip, error) {
	if over := len(e.rest); over > 0 {
		if err := e.add(make([]int16, audio.FrameSamples-over)); err != nil {
			return nil, err
		}
	}
	pcm := make([]int16, 0, len(e.items)*audio.FrameSamples)
	items := make([]playout.Item, len(e.items))
	for i, item := range e.items {
		pcm = append(pcm, item.PCM...)
		item.PCM = pcm[len(pcm)-audio.FrameSamples:]
		items[i] = item
	}
	c := newClip(pcm)
	c.keep(format, items)
	return c, nil
}
