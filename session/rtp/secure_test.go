package rtp

import (
	"errors"
	"testing"

	"huike/audio"
)

func TestAPeerOfManySourcesCostsNoMore(t *testing.T) {
	for _, s := range suites() {
		t.Run(s.name, func(t *testing.T) {
			var v vault
			line := newCrypto("1", s)
			if err := v.install(line, line); err != nil {
				t.Fatal(err)
			}
			for ssrc := range uint32(3 * maxSources) {
				p := audio.Packet{SSRC: ssrc + 1, Payload: make([]byte, 160)}
				b, err := v.seal(appendRTP(make([]byte, 0, 300), &p), false)
				if err != nil {
					t.Fatal(err)
				}
				_, err = v.open(b, p.SSRC)
				if want := ssrc >= maxSources; errors.Is(err, errSources) != want || (err != nil) != want {
					t.Errorf("source %d: %v", ssrc+1, err)
				}
			}
		})
	}
}

func TestPacketsOnTheirWayWhenTheKeyChanges(t *testing.T) {
	var out, in vault
	before, after := newCrypto("1", suites()[0]), newCrypto("1", suites()[0])
	seal := func(line cryptoLine, seq uint16) []byte {
		if err := out.install(line, line); err != nil {
			t.Fatal(err)
		}
		b, err := out.seal(appendRTP(make([]byte, 0, 300), &audio.Packet{SSRC: 1, Sequence: seq, Payload: make([]byte, 160)}), false)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := in.install(before, before); err != nil {
		t.Fatal(err)
	}
	first, late, next, stale := seal(before, 1), seal(before, 2), seal(after, 3), seal(before, 4)
	if _, err := in.open(first, 1); err != nil {
		t.Error("the first:", err)
	}
	if err := in.install(after, after); err != nil {
		t.Fatal(err)
	}
	if _, err := in.open(late, 1); err != nil {
		t.Error("one on its way:", err)
	}
	if _, err := in.open(next, 1); err != nil {
		t.Error("the first with the new key:", err)
	}
	if _, err := in.open(stale, 1); err == nil {
		t.Error("the old key opens packets behind the new one")
	}
}
