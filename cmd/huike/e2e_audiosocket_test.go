package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"huike/audio"
	"huike/audio/codec"
)

// asterisk is Asterisk's end of an AudioSocket, at 8 kHz.
type asterisk struct {
	conn net.Conn

	mu    sync.Mutex // guards what follows
	ended bool       // the server has hung up
}

// asterisk connects a call.
func (s *server) asterisk() *asterisk {
	s.t.Helper()
	var said []string
	until(s.t, "the address of AudioSocket calls", func() bool {
		said = regexp.MustCompile(`AudioSocket calls are taken" at=(\S+)`).FindStringSubmatch(s.log.String())
		return said != nil
	})
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", said[1])
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	a := &asterisk{conn: conn}
	if err := a.frame(0x01, []byte("0123456789abcdef")); err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (a *asterisk) frame(kind byte, payload []byte) error {
	frame := binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(payload)))
	_, err := a.conn.Write(append(frame, payload...))
	return err
}

// Format returns 8 kHz.
func (a *asterisk) Format() audio.Format { return codec.PCM(8000) }

// ReadPacket reads the agent's next packet, silence included.
func (a *asterisk) ReadPacket(p *audio.Packet) error {
	var head [3]byte
	if _, err := io.ReadFull(a.conn, head[:]); err != nil {
		return io.EOF
	}
	payload := make([]byte, binary.BigEndian.Uint16(head[1:]))
	if _, err := io.ReadFull(a.conn, payload); err != nil {
		return io.EOF
	}
	if head[0] == 0x00 {
		a.mu.Lock()
		a.ended = true
		a.mu.Unlock()
		_ = a.conn.Close()
		return io.EOF
	}
	*p = audio.Packet{Payload: payload}
	return nil
}

// WritePacket sends a packet of the caller's.
func (a *asterisk) WritePacket(p *audio.Packet) error { return a.frame(0x10, p.Payload) }

// Messages returns none.
func (a *asterisk) Messages() <-chan []byte { return nil }

// Send presses a key.
func (a *asterisk) Send(message []byte) error {
	var key struct{ Key string }
	if err := json.Unmarshal(message, &key); err != nil {
		return err
	}
	return a.frame(0x03, []byte(key.Key))
}

// Close hangs up.
func (a *asterisk) Close(string) error {
	_ = a.frame(0x00, nil)
	return nil
}

func TestACallFromAsterisksAudioSocket(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--audiosocket=127.0.0.1:0")
	phone := s.asterisk()
	talks(t, phone)
	phone.mu.Lock()
	if !phone.ended {
		t.Error("the server did not say that the call is over")
	}
	phone.mu.Unlock()
	tells(t, s.story(), `"channel":"audiosocket"`, `"intent":"store.hours"`, `"type":"interrupted"`, `"disposition":"completed"`,
		`"uuid":"30313233-3435-3637-3839-616263646566"`)
}

func TestAsterisksSocketIsForItsPeersAlone(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub", "--audiosocket=127.0.0.1:0", "--audiosocket-peers=192.0.2.0/24")
	phone := s.asterisk()
	var p audio.Packet
	if err := phone.ReadPacket(&p); err == nil {
		t.Error("a stranger hears the server")
	}
	if _, notes, err := execute(t, nil, "serve", "--audiosocket=here", "--audiosocket-peers=all"); err == nil ||
		!strings.Contains(notes, "--audiosocket=here") || !strings.Contains(notes, "--audiosocket-peers=all") {
		t.Errorf("wrong flags: %v, %s", err, notes)
	}
}
