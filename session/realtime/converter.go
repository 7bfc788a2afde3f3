package realtime

import (
	"huike/audio"
	"huike/audio/codec"
)

// converter makes frames of one format into those of another, for clients that
// send and take different ones.
type converter struct {
	decoder codec.Decoder
	encoder codec.Encoder
	pcm     []int16
	payload []byte
}

// newConverter returns a converter between formats that a session may have.
func newConverter(from, to audio.Format) *converter {
	decoder, err := codec.NewDecoder(from)
	if err != nil {
		return nil
	}
	encoder, err := codec.NewEncoder(to)
	if err != nil {
		return nil
	}
	return &converter{decoder: decoder, encoder: encoder, pcm: make([]int16, codec.MaxSamples), payload: make([]byte, codec.MaxPayload)}
}

// frame converts one PTime of sound. What it returns is valid until the next call.
func (c *converter) frame(sound []byte) []byte {
	n, err := c.decoder.Decode(sound, c.pcm)
	if err != nil || n < audio.FrameSamples {
		clear(c.pcm[n:audio.FrameSamples])
	}
	n, err = c.encoder.Encode(c.pcm[:audio.FrameSamples], c.payload)
	if err != nil {
		return c.payload[:0]
	}
	return c.payload[:n]
}
