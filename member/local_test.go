package member

import (
	"fmt"
	"testing"
	"time"
)

func TestLocalKeepsItsBoundAndBelievesNothingThatWasOvertaken(t *testing.T) {
	now := time.Now()
	l := newLocal(10)
	l.trust(true)
	put := func(id ID, version int64) {
		l.put(&entry{profile: &Profile{ID: id, Version: version}, loaded: now, expires: now.Add(time.Hour), epoch: l.now()})
	}
	for i := range 100 {
		put(ID(fmt.Sprint(i)), 1)
		l.told(ID(fmt.Sprint(i)), 1)
	}
	if len(l.entries) > 10 || len(l.floors) > 20 {
		t.Errorf("%d entries and %d versions are kept", len(l.entries), len(l.floors))
	}
	put("a", 5)
	if _, ok := l.fresh("a", now); !ok {
		t.Fatal("a new copy is not fresh")
	}
	put("a", 4)
	if e, _ := l.last("a"); e.profile.Version != 5 {
		t.Error("an older copy took the place of a newer one")
	}
	if _, ok := l.fresh("a", now.Add(time.Hour)); ok {
		t.Error("an expired copy is fresh")
	}
	l.told("a", 6)
	if _, ok := l.fresh("a", now); ok {
		t.Error("a copy is fresh although a newer version was told of")
	}
	put("a", 6)
	l.trust(true) // the subscription was broken and is whole again
	if _, ok := l.fresh("a", now); ok {
		t.Error("a copy is fresh although tidings may have been missed")
	}
}
