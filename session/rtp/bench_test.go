package rtp_test

import (
	"regexp"
	"testing"

	"huike/audio"
	"huike/session/rtp"
)

// One packet from WritePacket to ReadPacket over loopback, system calls and all.
func BenchmarkPacket(b *testing.B) {
	for _, c := range []struct {
		name    string
		secure  rtp.Secure
		without string
	}{{"plain", rtp.None, ""}, {"SDES/GCM", rtp.SDES, ""}, {"SDES/HMAC", rtp.SDES, `a=crypto:1 .*\r\n`}, {"DTLS", rtp.DTLS, ""}} {
		b.Run(c.name, func(b *testing.B) {
			p := ports(b, rtp.Config{})
			options := rtp.Options{Codecs: all()[2:3], Secure: c.secure}
			from, to := endpoint(b, p, options), endpoint(b, p, options)
			offer, err := from.Offer()
			if err != nil {
				b.Fatal(err)
			}
			if c.without != "" {
				offer = regexp.MustCompile(c.without).ReplaceAll(offer, nil)
			}
			answer, err := to.Answer(offer)
			if err != nil {
				b.Fatal(err)
			}
			if err := from.Accept(answer); err != nil {
				b.Fatal(err)
			}
			if c.secure == rtp.DTLS {
				ready(b, from, to)
			}
			out, in := numbered(1, 160, 0), audio.Packet{}
			step := func() {
				out.Timestamp += 160
				if err := from.WritePacket(out); err != nil {
					b.Fatal(err)
				}
				if err := to.ReadPacket(&in); err != nil {
					b.Fatal(err)
				}
			}
			for range 200 { // the history has its buffers then
				step()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				step()
			}
		})
	}
}

// What an open call costs.
func BenchmarkEndpoint(b *testing.B) {
	p := ports(b, rtp.Config{})
	b.ReportAllocs()
	for b.Loop() {
		e, err := p.New(rtp.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
