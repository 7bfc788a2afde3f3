package handoff

import (
	"fmt"
	"sync"

	"huike/session/journal"
)

// watchDepth is how many events wait for a watcher: about 10 s of a lively call.
const watchDepth = 128

// watchers are those who look at calls that go on.
type watchers struct {
	mu   *sync.Mutex
	call map[string]map[*watcher]struct{}
}

// watcher is one of them. The watchers' mutex guards it.
type watcher struct {
	events chan journal.Event
	lost   int
	closed bool
}

func newWatchers() watchers {
	return watchers{mu: &sync.Mutex{}, call: map[string]map[*watcher]struct{}{}}
}

func (w *watchers) watch(call string) (events <-chan journal.Event, cancel func()) {
	one := &watcher{events: make(chan journal.Event, watchDepth)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.call[call] == nil {
		w.call[call] = map[*watcher]struct{}{}
	}
	w.call[call][one] = struct{}{}
	return one.events, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if one.closed {
			return
		}
		one.closed = true
		close(one.events)
		delete(w.call[call], one)
		if len(w.call[call]) == 0 {
			delete(w.call, call)
		}
	}
}

func (w *watchers) publish(call string, event journal.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.call[call] {
		one.tell(event)
	}
}

// tell never blocks: what has no room is counted, and told when there is room.
func (w *watcher) tell(event journal.Event) {
	if w.lost > 0 && cap(w.events)-len(w.events) < 2 {
		w.lost++
		return
	}
	if w.lost > 0 {
		w.events <- journal.Event{
			Type: journal.TypeNotice,
			At:   event.At,
			Text: fmt.Sprintf("%d events were not shown: this page does not keep up", w.lost),
		}
		w.lost = 0
	}
	select {
	case w.events <- event:
	default:
		w.lost++
	}
}
