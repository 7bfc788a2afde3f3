package realtime

import (
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"huike/session/wire"
)

func TestALongEventIsReadBeforeAnythingWaitsForIt(t *testing.T) {
	long := strings.Repeat("AAAA", 2<<20/4)
	for name, text := range map[string]string{
		"sound":                  `{"type":"input_audio_buffer.append","audio":"` + long + `"}`,
		"sound in another order": `{"x":0,"type":"input_audio_buffer.append","audio":"` + long + `"}`,
		"a message of sound":     `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":"` + long + `"}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLeg(nil, true, func(string) bool { return true }, slog.Default())
			l.conn = &wire.Conn{} // it has one, and nothing is sent
			l.talk.out, l.talk.loud = func([]byte) {}, func([]byte) {}
			l.talk.now = time.Now()
			l.talk.greet("huike")
			l.begin()
			event := []byte(text)
			heard := make(chan struct{})
			l.mu.Lock() // as WritePacket does
			before := allocated()
			go func() {
				defer close(heard)
				l.hear(event)
			}()
			read := false
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for end := time.After(30 * time.Second); !read; {
				select {
				case <-tick.C:
					read = allocated()-before > 1<<20 // the sound out of base64
				case <-end:
					t.Error("the event is read under the mutex")
					read = true
				}
			}
			l.mu.Unlock()
			<-heard
			if l.fresh != 32768*time.Millisecond {
				t.Errorf("%v of sound came, want 32.768 s", l.fresh)
			}
		})
	}
}

// allocated is how many bytes were allocated ever.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
