package session

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/vad"
	"huike/audio/wav"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/wording"
	"huike/member"
	"huike/member/demo"
	"huike/member/shop"
	"huike/member/store"
	"huike/session/handoff"
	"huike/session/journal"
)

// house is what all tests share and no test changes: the detector's network,
// the demonstration shop and its books. It is opened outside of any bubble.
var house struct {
	detector vad.Inferer
	flow     *flow.Definition
	wording  *wording.Wording
	store    *store.Store
	question []int16 // "Where is my order?", a second of it
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		closers, err := openHouse()
		defer func() {
			for _, c := range closers {
				c()
			}
		}()
		if err != nil {
			fmt.Fprintln(os.Stderr, "the tests of session need the models (run make models):", err)
			return 1
		}
		return m.Run()
	}())
}

func openHouse() (closers []func(), err error) {
	models := os.Getenv("HUIKE_MODELS")
	if models == "" {
		models = filepath.Join("..", "bin", "models")
	}
	rt, err := infer.Open(infer.Config{Models: models})
	if err != nil {
		return closers, err
	}
	closers = append(closers, func() { rt.Close() })
	detector, err := vad.OpenModel(rt)
	if err != nil {
		return closers, err
	}
	closers = append([]func(){func() { detector.Close() }}, closers...)
	house.detector = detector.Inline()
	if house.flow, err = flow.Load(flow.Shop, "shop"); err != nil {
		return closers, err
	}
	if house.wording, err = wording.Open(flow.Shop, "shop/wording.yaml"); err != nil {
		return closers, err
	}
	dir, err := os.MkdirTemp("", "huike-session-")
	if err != nil {
		return closers, err
	}
	closers = append(closers, func() { os.RemoveAll(dir) })
	ctx := context.Background() //nolint:forbidigo // there is no test yet
	if house.store, err = store.Open(ctx, filepath.Join(dir, "huike.db"), store.Config{Location: time.UTC}); err != nil {
		return closers, err
	}
	closers = append([]func(){func() { house.store.Close() }}, closers...)
	day := time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC) // where synctest's clock begins
	if _, err = demo.Load(ctx, house.store, day); err != nil {
		return closers, err
	}
	channels, err := wav.ReadFile(filepath.Join("..", "testdata", "calls", "synthetic_order_latest", "caller.wav"))
	if err != nil {
		return closers, err
	}
	house.question = channels[0][audio.Samples(8600*time.Millisecond, audio.Rate):audio.Samples(9720*time.Millisecond, audio.Rate)]
	return closers, nil
}

// zhang is a demonstration member; nobody has the other number.
const (
	zhang  = "13800001234"
	nobody = "13811112222"
)

// stage is one call in a bubble: the real session, flows, wording, members,
// shop and desk, and a caller, a recogniser and a voice that do as they are told.
type stage struct {
	*testing.T
	*caller
	leg        Leg // the caller, or what is around them
	config     Config
	who        Caller
	recognizer *recognizer
	speaker    *speaker
	people     *people
	books      *books
	desk       *handoff.Desk
	drain      chan struct{}
	cancel     context.CancelFunc
	rooms      []func(context.Context) error // what runs beside the call

	done        chan struct{} // closed when Run has returned
	disposition dialog.Disposition
	err         error
}

// play runs a script in a call. The bubble fails the test when a goroutine of
// the call outlives it.
func play(t *testing.T, set func(s *stage), script func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		if set != nil {
			set(s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.cancel = cancel
		rooms, closeRooms := context.WithCancel(t.Context())
		defer closeRooms()
		for _, run := range s.rooms {
			go run(rooms)
		}
		go s.speak()
		go func() {
			defer close(s.done)
			s.disposition, s.err = Run(ctx, &s.config, s.who, s.leg, s.drain)
		}()
		script(s)
		s.hangUp()
		s.ends(10 * time.Second)
		cancel()
	})
}

// beside has run run beside the call until the test is over.
func (s *stage) beside(run func(context.Context) error) { s.rooms = append(s.rooms, run) }

func newStage(t *testing.T) *stage {
	t.Helper()
	c := newCaller(t)
	directory := member.NewDirectory(house.store, nil, member.Config{Log: slog.New(slog.DiscardHandler)})
	s := &stage{
		T: t, caller: c, leg: c,
		recognizer: &recognizer{caller: c, takes: 60 * time.Millisecond},
		speaker:    &speaker{takes: 40 * time.Millisecond},
		people:     &people{Members: directory},
		books:      &books{Shop: shop.New(house.store, shop.Config{Members: directory})},
		desk:       handoff.New(handoff.Config{Patience: 20 * time.Second}),
		drain:      make(chan struct{}),
		done:       make(chan struct{}),
		who:        Caller{Call: callID(t), Lang: dialog.English, As: zhang},
	}
	s.config = Config{
		Recognizer: s.recognizer, Speaker: s.speaker, Detector: house.detector, Members: s.people, Shop: s.books,
		Flow: house.flow, Wording: house.wording, Desk: s.desk, Log: slog.New(slog.DiscardHandler),
	}
	return s
}

// callID names a call after its test: writes of the shop happen once for each.
func callID(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("c_%s_%d", strings.ReplaceAll(t.Name(), "/", "_"), rand.Int64())
}

// ends waits until the call has ended.
func (s *stage) ends(patience time.Duration) dialog.Disposition {
	s.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.Fatalf("the call goes on %v after it should have ended", patience)
	}
	return s.disposition
}

// until waits until the clock says at.
func (s *stage) until(at time.Duration) {
	time.Sleep(at - s.now())
	synctest.Wait()
}

// later waits.
func (s *stage) later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// waits until what is wanted is there.
func (s *stage) waits(patience time.Duration, what string, there func() bool) {
	s.Helper()
	for end := s.now() + patience; ; {
		synctest.Wait()
		if there() {
			return
		}
		if s.now() > end {
			s.Fatalf("at %v, after %v: %s did not happen; the page was told:\n%s", s.now(), patience, what, s.story())
		}
		time.Sleep(audio.PTime / 4)
	}
}

// quiet waits until the agent has said what it says, and nothing for a while.
func (s *stage) quiet() {
	s.Helper()
	last := s.now()
	s.waits(5*time.Minute, "silence", func() bool {
		if sounds := s.sounds(last); len(sounds) > 0 {
			last = sounds[len(sounds)-1].at
		}
		return s.now()-last > 700*time.Millisecond
	})
}

// greeted waits until the greeting is over.
func (s *stage) greeted() {
	s.Helper()
	s.waits(5*time.Second, "a greeting", func() bool { return len(s.sounds(0)) > 0 })
	s.quiet()
}

// asks says the words and waits until the agent has answered.
func (s *stage) asks(words string) (answer string) {
	s.Helper()
	end := s.say(house.question, words)
	s.answers(end, words)
	s.quiet()
	return s.read(dialog.Agent, end)
}

// answers waits for the first sound of an answer to what ended at time end.
func (s *stage) answers(end time.Duration, words string) time.Duration {
	s.Helper()
	s.waits(15*time.Second, "an answer to "+words, func() bool { return len(s.sounds(end)) > 0 })
	return s.sounds(end)[0].at - end
}

// story is what the page was told, for a person to read.
func (s *stage) story() string {
	var b strings.Builder
	for _, ev := range s.events() {
		text, _ := ev.MarshalJSON()
		fmt.Fprintf(&b, "%s\n", text)
	}
	return b.String()
}

// handoffs are the states of the handoff that the page was told.
func (s *stage) handoffs() string {
	var states []string
	for _, ev := range s.events(journal.TypeHandoff) {
		states = append(states, ev.State)
	}
	return strings.Join(states, " ")
}
