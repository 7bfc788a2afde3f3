package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
)

// stream is Twilio's end of a stream: it sends the caller's sound, and answers
// each mark when what came before it has been played.
type stream struct {
	conn *websocket.Conn

	mu     sync.Mutex // guards the rest, and writing
	chunk  int
	plays  time.Time // until when it plays what has come
	clears int
	marks  int
	ended  string // the close frame's reason
}

// stream starts a stream.
func (s *server) stream(call string) *stream {
	s.t.Helper()
	conn, parameters := s.rings(call, "?lang=en")
	p := &stream{conn: conn}
	p.write(map[string]any{"event": "connected", "protocol": "Call", "version": "1.0.0"})
	p.write(map[string]any{"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": map[string]any{
		"accountSid": "AC1", "streamSid": "MZ1", "callSid": call, "tracks": []string{"inbound"}, "customParameters": parameters,
		"mediaFormat": map[string]any{"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
	}})
	return p
}

func (p *stream) write(message any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn.WriteJSON(message)
}

// Format returns PCMU.
func (p *stream) Format() audio.Format { return codec.PCMU }

// ReadPacket reads the agent's next packet.
func (p *stream) ReadPacket(into *audio.Packet) error {
	for {
		var m struct {
			Event string
			Media struct{ Payload []byte }
			Mark  struct{ Name string }
		}
		if err := p.conn.ReadJSON(&m); err != nil {
			p.mu.Lock()
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				p.ended = closed.Text
			}
			p.mu.Unlock()
			return io.EOF
		}
		p.mu.Lock()
		switch m.Event {
		case "media":
			if now := time.Now(); p.plays.Before(now) {
				p.plays = now
			}
			p.plays = p.plays.Add(audio.Duration(len(m.Media.Payload), 8000))
			p.mu.Unlock()
			*into = audio.Packet{Payload: m.Media.Payload}
			if len(bytes.Trim(m.Media.Payload, "\xff")) == 0 {
				clear(into.Payload) // how a robot knows silence
			}
			return nil
		case "mark":
			p.marks++
			name := m.Mark.Name
			time.AfterFunc(time.Until(p.plays), func() {
				_ = p.write(map[string]any{"event": "mark", "streamSid": "MZ1", "mark": map[string]string{"name": name}})
			})
		case "clear":
			p.clears++
			p.plays = time.Time{}
		}
		p.mu.Unlock()
	}
}

// WritePacket sends a packet of the caller's.
func (p *stream) WritePacket(packet *audio.Packet) error {
	p.mu.Lock()
	p.chunk++
	chunk := p.chunk
	p.mu.Unlock()
	return p.write(map[string]any{"event": "media", "sequenceNumber": fmt.Sprint(chunk + 1), "streamSid": "MZ1", "media": map[string]string{
		"track": "inbound", "chunk": fmt.Sprint(chunk), "timestamp": fmt.Sprint(packet.Timestamp / 8),
		"payload": base64.StdEncoding.EncodeToString(packet.Payload),
	}})
}

// Messages returns none: Twilio tells a caller nothing.
func (p *stream) Messages() <-chan []byte { return nil }

// Send presses a key.
func (p *stream) Send(message []byte) error {
	var key struct{ Key string }
	if err := json.Unmarshal(message, &key); err != nil {
		return err
	}
	return p.write(map[string]any{"event": "dtmf", "streamSid": "MZ1", "dtmf": map[string]string{"track": "inbound_track", "digit": key.Key}})
}

// Close hangs up.
func (p *stream) Close(string) error {
	_ = p.write(map[string]any{"event": "stop", "streamSid": "MZ1"})
	return nil
}

func (p *stream) counts() (marks, clears int, ended string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.marks, p.clears, p.ended
}
