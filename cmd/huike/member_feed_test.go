package main

import (
	"strings"
	"testing"
	"time"
)

func TestDelaysAreKnownToOnePartInAHundred(t *testing.T) {
	var d delays
	if d.share(0.99) != 0 {
		t.Error("nothing took some time")
	}
	for n := range 1000 {
		d.add(time.Duration(n+1) * time.Millisecond)
	}
	for of, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second} {
		if got := d.share(of); got < want || got > want+want/100 {
			t.Errorf("a share of %v took %v, want %v", of, got, want)
		}
	}
}

// Events that come at a rate are all taken, and how long each took counts from its arrival.
func TestEventsComeAtARate(t *testing.T) {
	out, err := told(t, "member", "generate", "--members=20", "--events=300", "--rate=3000", "--data="+t.TempDir())
	if err != nil {
		t.Fatal(out, err)
	}
	for _, want := range []string{"300 accepted, 0 known before, 0 refused", "from an event's arrival, at 3000 a second", "100 %:"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if out, err := told(t, "member", "generate", "--rate=-1", "--data="+t.TempDir()); err == nil || !strings.Contains(err.Error(), "--rate -1") {
		t.Error(out, err)
	}
}
