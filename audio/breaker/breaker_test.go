package breaker_test

import (
	"fmt"
	"testing"
	"time"

	"huike/audio/breaker"
)

func TestOneRequestTriesAgainAfterTheRest(t *testing.T) {
	now := time.Unix(1000, 0)
	b := breaker.Breaker{Failures: 2, Rest: 10 * time.Second, Now: func() time.Time { return now }}
	b.Count(false)
	if b.Rests() || b.Open() {
		t.Error("one failure opened it")
	}
	b.Count(false)
	if !b.Rests() || !b.Open() {
		t.Error("two failures did not open it")
	}
	now = now.Add(11 * time.Second)
	if b.Rests() {
		t.Error("nobody tries the server again after its rest")
	}
	if !b.Rests() {
		t.Error("a second request tries it at the same time")
	}
	b.Count(true)
	if b.Rests() || b.Open() {
		t.Error("a success did not close it")
	}
	b.Count(false)
	if b.Open() {
		t.Error("the failures before a success still count")
	}
}

func ExampleBreaker() {
	b := breaker.Breaker{Failures: 1}
	b.Count(false)
	fmt.Println(b.Rests())
	// Output: true
}
