package rtp_test

import (
	"errors"
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"huike/audio"
	"huike/session/rtp"
)

func TestHoldFromHere(t *testing.T) {
	p := ports(t, rtp.Config{})
	a, b := endpoint(t, p, rtp.Options{}), endpoint(t, p, rtp.Options{})
	agree(t, a, b)
	a.Hold(true)
	offer, _ := agree(t, a, b)
	if !strings.Contains(string(offer), "a=sendonly") || !b.Held() {
		t.Errorf("held %v by\n%s", b.Held(), offer)
	}
	a.Hold(false)
	if agree(t, a, b); b.Held() {
		t.Error("still held")
	}
}

func TestAnswersThatDoNotFit(t *testing.T) {
	p := ports(t, rtp.Config{})
	for _, c := range []struct {
		name   string
		secure rtp.Secure
		answer []string
		want   error
	}{
		{"refused", rtp.None, []string{"m=audio 0 RTP/AVP 0"}, rtp.ErrNoSound},
		{"a format that was not offered", rtp.None, []string{"m=audio 4000 RTP/AVP 18"}, rtp.ErrNoSound},
		{"plain where keys were offered", rtp.SDES, []string{"m=audio 4000 RTP/SAVP 0"}, rtp.ErrSecurity},
		{"a key for another suite", rtp.SDES, []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128}, rtp.ErrSecurity},
		{"no fingerprint", rtp.DTLS, []string{"m=audio 4000 UDP/TLS/RTP/SAVP 0", "a=setup:active"}, rtp.ErrSecurity},
		{"encrypted where plain was offered", rtp.None, []string{"m=audio 4000 RTP/SAVP 0"}, rtp.ErrSecurity},
		{"nonsense", rtp.None, []string{"m=audio"}, rtp.ErrSDP},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := endpoint(t, p, rtp.Options{Secure: c.secure})
			if err := e.Accept(sdp(c.answer...)); !errors.Is(err, rtp.ErrAnswer) && !errors.Is(err, rtp.ErrSDP) {
				t.Error("an answer to nothing:", err)
			}
			if _, err := e.Offer(); err != nil {
				t.Fatal(err)
			}
			if err := e.Accept(sdp(c.answer...)); !errors.Is(err, c.want) {
				t.Errorf("error %v: want %v", err, c.want)
			}
			if !e.Held() {
				t.Error("agreed all the same")
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name   string
		config rtp.Config
		peer   string
		want   string
	}{
		{"this machine", rtp.Config{}, "", "c=IN IP4 127.0.0.1"},
		{"IPv6", rtp.Config{Listen: "::1"}, "", "c=IN IP6 ::1"},
		{"behind NAT", rtp.Config{PublicIP: "198.51.100.7"}, "", "c=IN IP4 198.51.100.7"},
		{"everywhere, to a peer on this machine", rtp.Config{Listen: "0.0.0.0"}, "127.0.0.1", "c=IN IP4 127.0.0.1"},
		{"everywhere, to a peer on this machine by IPv6", rtp.Config{Listen: "::"}, "::1", "c=IN IP6 ::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var peer netip.Addr
			if c.peer != "" {
				peer = netip.MustParseAddr(c.peer)
			}
			offer, err := endpoint(t, ports(t, c.config), rtp.Options{Peer: peer}).Offer()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(offer), c.want+"\r\n") {
				t.Errorf("no %q in\n%s", c.want, offer)
			}
		})
	}
}

func TestPortsAreUsedInTurnAndUsedUp(t *testing.T) {
	p := ports(t, rtp.Config{MinPort: 41001, MaxPort: 41007})
	offers := map[string]bool{}
	var open []*rtp.Endpoint
	for range 3 {
		e := endpoint(t, p, rtp.Options{})
		open = append(open, e)
		offer, err := e.Offer()
		if err != nil {
			t.Fatal(err)
		}
		offers[regexp.MustCompile(`m=audio \d+`).FindString(string(offer))] = true
	}
	if !offers["m=audio 41002"] || !offers["m=audio 41004"] || !offers["m=audio 41006"] {
		t.Errorf("ports %v: want 41002, 41004 and 41006", offers)
	}
	if _, err := p.New(rtp.Options{}); !errors.Is(err, rtp.ErrPorts) {
		t.Errorf("error %v: want %v", err, rtp.ErrPorts)
	}
	if err := open[1].Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open[1].Offer(); err != nil {
		t.Error("an offer of a closed endpoint:", err)
	}
	endpoint(t, p, rtp.Options{})
	if p.Count() != 3 {
		t.Errorf("%d open: want 3", p.Count())
	}
}

func TestConfigsThatCannotBe(t *testing.T) {
	for name, config := range map[string]rtp.Config{
		"a name":            {Listen: "localhost"},
		"a public name":     {PublicIP: "example.com"},
		"an empty range":    {MinPort: 4000, MaxPort: 3000},
		"an odd port alone": {MinPort: 4001, MaxPort: 4002},
		"no port":           {MinPort: -1, MaxPort: 70000},
	} {
		if _, err := rtp.Open(config); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := ports(t, rtp.Config{}).New(rtp.Options{Codecs: []audio.Format{format("g729", 8000)}}); err == nil {
		t.Error("an endpoint for g729")
	}
}

// Two hundred calls that are read need little beside what they play.
func TestAnEndpointIsSmall(t *testing.T) {
	p := ports(t, rtp.Config{})
	const calls = 100
	pairs := make([]*rtp.Endpoint, 0, 2*calls)
	measure := func() (heap, goroutines int) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc + m.StackInuse), runtime.NumGoroutine()
	}
	heap, goroutines := measure()
	for range calls {
		a, b := endpoint(t, p, rtp.Options{Secure: rtp.SDES}), endpoint(t, p, rtp.Options{})
		agree(t, a, b)
		pairs = append(pairs, a, b)
	}
	var p1 audio.Packet
	for i := range uint32(200) { // the history is full then
		for n := 0; n < len(pairs); n += 2 {
			write(t, pairs[n], numbered(1, 160, 160*i))
			if err := pairs[n+1].ReadPacket(&p1); err != nil {
				t.Fatal(err)
			}
		}
	}
	heapThen, goroutinesThen := measure()
	if each := (heapThen - heap) / len(pairs); each > 80_000 {
		t.Errorf("%d bytes for an endpoint", each)
	} else {
		t.Logf("%d bytes for an endpoint", each)
	}
	if goroutinesThen > goroutines+2 {
		t.Errorf("%d goroutines for %d endpoints", goroutinesThen-goroutines, len(pairs))
	}
}
