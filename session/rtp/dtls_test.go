package rtp_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/session/rtp"
)

// sink is a log that a test can read while it is being written.
type sink struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(b)
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.String()
}

func TestDTLSInBothRoles(t *testing.T) {
	p := ports(t, rtp.Config{})
	for _, setup := range []string{"actpass", "active", "passive"} {
		t.Run(setup, func(t *testing.T) {
			options := rtp.Options{Codecs: all()[2:3], Secure: rtp.DTLS}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			offer, err := a.Offer()
			if err != nil {
				t.Fatal(err)
			}
			answer, err := b.Answer(bytes.ReplaceAll(offer, []byte("a=setup:actpass"), []byte("a=setup:"+setup)))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"actpass": "active", "active": "passive", "passive": "active"}[setup]
			if !strings.Contains(string(answer), "a=setup:"+want) {
				t.Errorf("want %s in\n%s", want, answer)
			}
			if err := a.Accept(answer); err != nil {
				t.Fatal(err)
			}
			// Nobody reads yet: the handshake does it itself.
			ready(t, a, b)
			atA, atB := listen(a), listen(b)
			write(t, a, numbered(1, 160, 0))
			await(t, atB, 1)
			write(t, b, numbered(2, 160, 0))
			await(t, atA, 2)

			// Offers from either side keep the keys, and the roles.
			agree(t, a, b)
			agree(t, b, a)
			write(t, a, numbered(3, 160, 160))
			await(t, atB, 3)
			write(t, b, numbered(4, 160, 160))
			await(t, atA, 4)
			if n := a.Stats()["unauthenticPackets"] + b.Stats()["unauthenticPackets"]; n != 0 {
				t.Errorf("%v packets were not authentic", n)
			}
		})
	}
}

func TestDTLSWithAnotherCertificateFails(t *testing.T) {
	var log sink
	p := ports(t, rtp.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	options := rtp.Options{Codecs: all()[2:3], Secure: rtp.DTLS}
	a, b := endpoint(t, p, options), endpoint(t, p, options)
	offer, err := a.Offer()
	if err != nil {
		t.Fatal(err)
	}
	forged := regexp.MustCompile(`a=fingerprint:.*\r`).ReplaceAll(offer, []byte(print1+"\r"))
	answer, err := b.Answer(forged)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Accept(answer); err != nil {
		t.Fatal(err)
	}
	until(t, "the refusal", func() bool { return strings.Contains(log.text(), "does not match the fingerprint") })
	select {
	case <-b.Ready():
		t.Error("ready with whoever it is")
	default:
	}
}

func TestANewCertificateMakesNewKeys(t *testing.T) {
	here, there := ports(t, rtp.Config{}), ports(t, rtp.Config{})
	options := rtp.Options{Codecs: all()[2:3], Secure: rtp.DTLS}
	a, b := endpoint(t, here, options), endpoint(t, here, options)
	agree(t, a, b)
	ready(t, a, b)
	atB := listen(b)
	write(t, a, numbered(1, 160, 0))
	await(t, atB, 1)
	// The call is transferred to another device.
	c := endpoint(t, there, options)
	agree(t, c, b)
	ready(t, c)
	atC := listen(c)
	until(t, "the other device", func() bool {
		write(t, c, numbered(2, 160, 0))
		write(t, b, numbered(3, 160, 160))
		select {
		case <-atC:
			return true
		case <-time.After(20 * time.Millisecond):
			return false
		}
	})
	await(t, atB, 2)
}
