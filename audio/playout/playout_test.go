package playout_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"huike/audio"
	"huike/audio/playout"
)

// sound returns n items that carry first, first+1, ... as their payload.
func sound(first, n int) []playout.Item {
	items := make([]playout.Item, n)
	for i := range items {
		items[i].Payload = []byte{byte(first + i)}
	}
	return items
}

// taken takes up to n items and returns their first bytes.
func taken(q *playout.Queue, n int) string {
	var out []byte
	for range n {
		if item, _, ok := q.Next(); ok {
			out = append(out, item.Payload[0])
		}
	}
	return string(out)
}

func TestQueue(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, test := range []struct {
		name  string
		do    func(q *playout.Queue)
		want  string
		heard time.Duration // of turn 1
	}{
		{"sound comes out in the order it went in", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 2)...)
			q.Append(ctx, 1, 0, sound('c', 1)...)
		}, "abc", 3 * audio.PTime},
		{"a new turn drops the old one's sound at once", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 9)...)
			taken(q, 2)
			q.Begin(2)
			q.Append(ctx, 2, 0, sound('x', 2)...)
		}, "xy", 2 * audio.PTime},
		{"late sound of an older turn is stale", func(q *playout.Queue) {
			q.Begin(2)
			q.Append(ctx, 1, 0, sound('a', 9)...)
		}, "", 0},
		{"sound of a turn that has not begun is refused", func(q *playout.Queue) {
			q.Append(ctx, 2, 0, sound('a', 9)...)
		}, "", 0},
		{"an older turn cannot begin again", func(q *playout.Queue) {
			q.Begin(3)
			q.Begin(1)
			q.Append(ctx, 3, 0, sound('m', 1)...)
		}, "m", 0},
		{"beginning the current turn again drops nothing", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 2)...)
			q.Begin(1)
		}, "ab", 2 * audio.PTime},
		{"a held queue gives nothing", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 2)...)
			q.Hold()
		}, "", 0},
		{"a pause taken back goes on with the very next item", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 4)...)
			taken(q, 2)
			q.Hold()
			taken(q, 50)
			q.Append(ctx, 1, 0, sound('e', 1)...)
			q.Resume()
		}, "cde", 5 * audio.PTime},
		{"a new turn ends the hold of the old one", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 4)...)
			q.Hold()
			q.Begin(2)
			q.Append(ctx, 2, 0, sound('x', 1)...)
		}, "x", 0},
		{"nothing is added to a finished turn", func(q *playout.Queue) {
			q.Append(ctx, 1, 0, sound('a', 1)...)
			q.Finish(1)
			q.Append(ctx, 1, 0, sound('b', 1)...)
		}, "a", audio.PTime},
		{"sound outlives the ring that it was put in", func(q *playout.Queue) {
			for i := range 26 {
				q.Append(ctx, 1, 0, sound(0, 100)...)
				taken(q, 100)
				q.Append(ctx, 1, 0, sound('a'+i, 1)...)
				taken(q, 1)
			}
		}, "", 26 * 101 * audio.PTime},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := playout.New()
			q.Begin(1)
			test.do(q)
			if got := taken(q, 20); got != test.want {
				t.Errorf("heard %q, want %q", got, test.want)
			}
			if got := q.Heard(1); got != test.heard {
				t.Errorf("Heard(1) = %v, want %v", got, test.heard)
			}
		})
	}
}

func TestLastComesOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		early bool
		want  string
	}{
		{"with the last item of a turn that was finished in time", true, "a b+ - -"},
		{"alone when the turn was finished after its last item", false, "a b -+ -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := playout.New()
			q.Begin(1)
			q.Append(t.Context(), 1, 0, sound('a', 2)...)
			got := ""
			for i := range 4 {
				if test.early || i == 2 {
					q.Finish(1)
				}
				item, turn, ok := q.Next()
				if turn != 1 {
					t.Errorf("turn %d, want 1", turn)
				}
				name := "-"
				if ok {
					name = string(item.Payload)
				}
				if item.Last {
					name += "+"
				}
				got += " " + name
			}
			if got[1:] != test.want {
				t.Errorf("got %q, want %q", got[1:], test.want)
			}
		})
	}
}

func TestAnInterruptedTurnHasNoLast(t *testing.T) {
	t.Parallel()
	q := playout.New()
	q.Begin(1)
	q.Append(t.Context(), 1, 0, sound('a', 2)...)
	q.Finish(1)
	q.Begin(2)
	if item, turn, ok := q.Next(); ok || item.Last || turn != 2 {
		t.Errorf("Next() = %+v, %d, %v", item, turn, ok)
	}
}

func TestHeardRemembersSevenTurnsBack(t *testing.T) {
	t.Parallel()
	q := playout.New()
	for turn := range uint32(10) {
		q.Begin(turn)
		q.Append(t.Context(), turn, 0, sound('a', int(turn))...)
		taken(q, int(turn))
	}
	for turn, want := range []int{0, 0, 2, 3, 4, 5, 6, 7, 8, 9} {
		if got := q.Heard(uint32(turn)); got != time.Duration(want)*audio.PTime {
			t.Errorf("Heard(%d) = %v, want %d frames", turn, got, want)
		}
	}
}

func TestManyQueuesTellOneChannel(t *testing.T) {
	t.Parallel()
	told := make(chan *playout.Queue, 1)
	first, second := playout.New(), playout.New()
	for _, q := range []*playout.Queue{first, second} {
		q.Tell(told)
		q.Begin(1)
	}
	first.Append(t.Context(), 1, 0, playout.Item{}, playout.Item{})
	second.Append(t.Context(), 1, 0, playout.Item{}) // finds the channel full, and waits for nobody
	if got := <-told; got != first {
		t.Error("the wrong queue was told of")
	}
	first.Append(t.Context(), 1, 0, playout.Item{}) // is not empty any more
	second.Hold()
	second.Resume()
	if got := <-told; got != second {
		t.Error("a queue that goes on was not told of")
	}
	select {
	case <-first.Ready():
		t.Error("a queue that tells another channel was ready by its own, too")
	default:
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	q := playout.New()
	q.Begin(1)
	signalled := func() bool {
		select {
		case <-q.Ready():
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		name string
		do   func()
		want bool
	}{
		{"a new queue is not ready", func() {}, false},
		{"the first sound is signalled", func() { q.Append(t.Context(), 1, 0, sound('a', 2)...) }, true},
		{"more behind it is not", func() { q.Append(t.Context(), 1, 0, sound('a', 2)...) }, false},
		{"sound after silence is", func() { taken(q, 9); q.Append(t.Context(), 1, 0, sound('a', 2)...) }, true},
		{"sound that comes to a held queue is not", func() { taken(q, 9); q.Hold(); q.Append(t.Context(), 1, 0, sound('a', 1)...) }, false},
		{"its resumption is", func() { q.Resume() }, true},
	} {
		step.do()
		if got := signalled(); got != step.want {
			t.Errorf("%s: got %v", step.name, got)
		}
	}
}

func TestAppendToAFullQueue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(q *playout.Queue, cancel func())
		want bool
	}{
		{"goes on when there is room", func(q *playout.Queue, _ func()) { taken(q, 3) }, true},
		{"stops when its turn is stale", func(q *playout.Queue, _ func()) { q.Begin(2) }, false},
		{"stops when its context is done", func(_ *playout.Queue, cancel func()) { cancel() }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				q := playout.New()
				q.Begin(1)
				if !q.Append(ctx, 1, 0, sound(0, playout.Limit)...) {
					t.Fatal("stale")
				}
				if got := q.Pending(); got != time.Minute {
					t.Fatalf("Pending() = %v", got)
				}
				added := make(chan bool, 1)
				go func() { added <- q.Append(ctx, 1, 0, sound(0, 3)...) }()
				synctest.Wait()
				select {
				case <-added:
					t.Fatal("did not wait")
				default:
				}
				test.do(q, cancel)
				if got := <-added; got != test.want {
					t.Errorf("Append = %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestAnItemKnowsItsClause(t *testing.T) {
	t.Parallel()
	q := playout.New()
	q.Begin(1)
	shared := sound('a', 2)
	for clause := range 20 {
		q.Append(t.Context(), 1, clause, shared...)
	}
	for n := range 40 {
		item, _, ok := q.Next()
		if !ok || item.Clause != n/2 || string(item.Payload) != string(shared[n%2].Payload) {
			t.Fatalf("item %d is %q of clause %d", n, item.Payload, item.Clause)
		}
	}
	if shared[0].Clause != 0 || shared[1].Clause != 0 {
		t.Error("what calls share was written to")
	}
}

func ExampleQueue() {
	ctx := context.Background()
	q := playout.New()
	q.Begin(1)
	q.Append(ctx, 1, 0, playout.Item{Payload: []byte("your")}, playout.Item{Payload: []byte("order")})

	item, _, _ := q.Next()
	fmt.Printf("%s\n", item.Payload)
	q.Begin(2) // the caller takes the floor
	_, turn, ok := q.Next()
	fmt.Println(turn, ok, q.Heard(1))
	fmt.Println(q.Append(ctx, 1, 0, item))
	// Output:
	// your
	// 2 false 20ms
	// false
}

func BenchmarkNext(b *testing.B) {
	q := playout.New()
	q.Begin(1)
	items := sound(0, 50)
	b.ReportAllocs()
	for b.Loop() {
		if q.Pending() == 0 {
			q.Append(b.Context(), 1, 0, items...)
		}
		q.Next()
	}
}

func TestEndlessQueueNeverWaits(t *testing.T) {
	t.Parallel()
	q := playout.NewEndless()
	q.Begin(1)
	for range 3 * playout.Limit / 100 {
		q.Append(t.Context(), 1, 0, sound(0, 100)...)
	}
	if got, want := q.Pending(), 3*playout.Limit*audio.PTime; got != want {
		t.Errorf("%v wait, want %v", got, want)
	}
}
