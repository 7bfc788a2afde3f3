package rtp_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"huike/audio"
	"huike/session/rtp"
)

// poll reads an endpoint as a media loop does, until it is closed.
func poll(e *rtp.Endpoint) <-chan heard {
	c := make(chan heard, 4096)
	go func() {
		defer close(c)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			var p audio.Packet
			age, ok, err := e.Poll(&p)
			for ; ok && err == nil; age, ok, err = e.Poll(&p) {
				if age < 0 {
					err = errors.New("a packet from the future")
				}
				p.Payload = append([]byte(nil), p.Payload...)
				c <- heard{Packet: p, err: err}
			}
			if err != nil {
				c <- heard{err: err}
				return
			}
		}
	}()
	return c
}

func TestAPolledEndpointHearsAndIsHeard(t *testing.T) {
	for _, secure := range []rtp.Secure{rtp.None, rtp.SDES, rtp.DTLS} {
		for _, early := range []bool{true, false} {
			t.Run(secure.String()+map[bool]string{true: ", polled before its keys", false: ""}[early], func(t *testing.T) {
				t.Parallel()
				p := ports(t, rtp.Config{})
				options := rtp.Options{Codecs: all()[2:3], Secure: secure}
				a, b := endpoint(t, p, options), endpoint(t, p, options)
				var atA, atB <-chan heard
				if early {
					atA, atB = poll(a), poll(b)
				}
				agree(t, a, b)
				ready(t, a, b)
				if !early {
					atA, atB = poll(a), poll(b)
				}
				write(t, a, numbered(1, 160, 0))
				await(t, atB, 1)
				write(t, b, numbered(2, 160, 0))
				await(t, atA, 2)
				if err := b.SendKeys("5"); err != nil {
					t.Fatal(err)
				}
				select {
				case key := <-a.Keys():
					if key != "5" {
						t.Errorf("key %q, want 5", key)
					}
				case <-time.After(patience):
					t.Error("the key did not come")
				}
				until(t, "a report", func() bool { return a.Stats()["roundTripTimeMeasurements"] > 0 })
				_ = a.Close()
				until(t, "the end", func() bool {
					select {
					case h := <-atA:
						return errors.Is(h.err, io.EOF)
					default:
						return false
					}
				})
			})
		}
	}
}

func TestAPolledPacketIsAsOldAsItIs(t *testing.T) {
	p := ports(t, rtp.Config{})
	options := rtp.Options{Codecs: all()[2:3], Secure: rtp.None}
	a, b := endpoint(t, p, options), endpoint(t, p, options)
	agree(t, a, b)
	var heard audio.Packet
	if _, ok, err := b.Poll(&heard); ok || err != nil {
		t.Fatalf("%v, %v before anything was sent", ok, err)
	}
	old := 0
	for i := uint32(0); i < 50 && old < 2; i++ { // the kernel takes a moment to begin with its times
		write(t, a, numbered(i, 160, 160*i))
		<-time.After(30 * time.Millisecond)
		age, ok, err := b.Poll(&heard)
		if !ok || err != nil || age < 0 {
			t.Fatalf("packet %d: %v old, %v, %v", i, age, ok, err)
		}
		if age >= 25*time.Millisecond {
			old++
		}
		if _, ok, _ := b.Poll(&heard); ok {
			t.Fatal("more came than was sent")
		}
	}
	if old < 2 {
		t.Error("packets that waited 30 ms never say so")
	}
	if _, ok, err := b.Poll(&heard); ok || err != nil {
		t.Fatalf("%v, %v after the last", ok, err)
	}
}

// One packet from WritePacket to Poll over loopback, system calls and all.
func BenchmarkPoll(b *testing.B) {
	p := ports(b, rtp.Config{})
	options := rtp.Options{Codecs: all()[2:3], Secure: rtp.None}
	from, to := endpoint(b, p, options), endpoint(b, p, options)
	agree(b, from, to)
	out, in := numbered(1, 160, 0), audio.Packet{}
	step := func() {
		out.Timestamp += 160
		if err := from.WritePacket(out); err != nil {
			b.Fatal(err)
		}
		for heard := 0; ; heard++ {
			if _, ok, err := to.Poll(&in); err != nil {
				b.Fatal(err)
			} else if !ok {
				break
			}
		}
	}
	for range 200 { // the history has its buffers then
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
