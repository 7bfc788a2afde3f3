package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/codec"
	"huike/audio/infer"
	"huike/audio/playout"
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
	channels, err := wav.ReadFile(filepath.Join("..", "testdata", "calls", "where_is_my_order", "caller.wav"))
	if err != nil {
		return closers, err
	}
	house.question = channels[0][audio.Samples(9200*time.Millisecond, audio.Rate):audio.Samples(10320*time.Millisecond, audio.Rate)]
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
			s.disposition, s.err = Run(ctx, &s.config, s.who, s.caller, s.drain)
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
		T: t, caller: c,
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

// waits until what is wanted is there, and returns the call time.
func (s *stage) waits(patience time.Duration, what string, there func() bool) time.Duration {
	s.Helper()
	for end := s.now() + patience; ; {
		synctest.Wait()
		if there() {
			return s.now()
		}
		if s.now() > end {
			s.Fatalf("at %v, after %v: %s did not happen; the page was told:\n%s", s.now(), patience, what, s.story())
		}
		time.Sleep(audio.PTime / 4)
	}
}

// quiet waits until the agent has said what it says, and nothing for a while.
func (s *stage) quiet() time.Duration {
	s.Helper()
	last := s.now()
	return s.waits(5*time.Minute, "silence", func() bool {
		if sounds := s.sounds(last); len(sounds) > 0 {
			last = sounds[len(sounds)-1].at
		}
		return s.now()-last > 700*time.Millisecond
	}) - 700*time.Millisecond
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

// recognizer hears what the caller says, if it is told to.
type recognizer struct {
	caller *caller

	mu     sync.Mutex
	takes  time.Duration // for each recognition
	err    error
	hangs  bool
	mute   bool // hears nothing
	panics bool
	asked  int // finals
	speech []int16
}

func (r *recognizer) set(change func(r *recognizer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

// Recognize implements [Recognizer].
func (r *recognizer) Recognize(ctx context.Context, speech []int16, hint asr.Hint) (asr.Result, error) {
	r.mu.Lock()
	takes, err, hangs, mute, panics := r.takes, r.err, r.hangs, r.mute, r.panics
	if !hint.Partial {
		r.asked++
		r.speech = speech
	}
	r.mu.Unlock()
	if panics {
		panic("the recogniser is broken") //nolint:forbidigo // what the test is about
	}
	if hangs {
		<-ctx.Done()
		return asr.Result{}, ctx.Err()
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return asr.Result{}, ctx.Err()
	}
	if err != nil || mute {
		return asr.Result{}, err
	}
	r.caller.mu.Lock()
	defer r.caller.mu.Unlock()
	return asr.Result{Text: r.caller.words, Final: !hint.Partial, Confidence: 0.9, Elapsed: takes}, nil
}

// speaker speaks 50 ms for each byte of a text, at least 300 ms. Every PTime of
// its sound is a number of its own, so that one can hear which it was.
type speaker struct {
	mu     sync.Mutex
	takes  time.Duration // before the first sound of a clause
	err    error
	hangs  bool
	panics bool
	length time.Duration // of every clause; 0: by its text
	number int16
	spoken []string
}

func (v *speaker) set(change func(v *speaker)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

// Play implements [Speaker].
func (v *speaker) Play(ctx context.Context, _, spoken string, _ audio.Format, emit func([]playout.Item) error) error {
	v.mu.Lock()
	takes, err, hangs, panics, length := v.takes, v.err, v.hangs, v.panics, v.length
	v.spoken = append(v.spoken, spoken)
	v.mu.Unlock()
	if panics {
		panic("the voice is broken") //nolint:forbidigo // what the test is about
	}
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if length == 0 {
		length = max(300*time.Millisecond, time.Duration(len(spoken))*50*time.Millisecond)
	}
	items := make([]playout.Item, length/audio.PTime)
	v.mu.Lock()
	for i := range items {
		v.number = v.number%30000 + 1
		pcm := make([]int16, audio.FrameSamples)
		for j := range pcm {
			pcm[j] = v.number
		}
		items[i] = playout.Item{PCM: pcm, Payload: bytesOf(pcm)}
	}
	v.mu.Unlock()
	return emit(items)
}

// Pause implements [Speaker]. It makes none, so that sound follows sound.
func (*speaker) Pause(audio.Format, string) []playout.Item { return nil }

// people are the members, who may be slow to find or not be found at all.
type people struct {
	Members

	mu     sync.Mutex
	err    error
	hangs  bool
	panics bool
	left   []member.Interaction
}

func (p *people) set(change func(p *people)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *people) fault(ctx context.Context) error {
	p.mu.Lock()
	err, hangs, panics := p.err, p.hangs, p.panics
	p.mu.Unlock()
	if panics {
		panic("the members are broken") //nolint:forbidigo // what the test is about
	}
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// Find implements [Members].
func (p *people) Find(ctx context.Context, h member.Handle, a member.Access) (member.View, error) {
	if err := p.fault(ctx); err != nil {
		return member.View{}, err
	}
	return p.Members.Find(ctx, h, a)
}

// Get implements [Members].
func (p *people) Get(ctx context.Context, id member.ID, a member.Access) (member.View, error) {
	if err := p.fault(ctx); err != nil {
		return member.View{}, err
	}
	return p.Members.Get(ctx, id, a)
}

// Record implements [Members].
func (p *people) Record(ctx context.Context, _ member.ID, _ member.Access, in member.Interaction) error {
	if err := p.fault(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = append(p.left, in)
	return nil
}

// books are the shop's, which may be slow to open.
type books struct {
	Shop

	mu     sync.Mutex
	takes  time.Duration
	err    error
	hangs  bool
	panics bool
	done   []string // operations by name
	keys   map[string]int
}

func (b *books) set(change func(b *books)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

// Do implements [Shop].
func (b *books) Do(ctx context.Context, id member.ID, op string, args map[string]string, key string) (shop.Result, error) {
	b.mu.Lock()
	takes, err, hangs, panics := b.takes, b.err, b.hangs, b.panics
	b.done = append(b.done, op)
	if b.keys == nil {
		b.keys = map[string]int{}
	}
	b.keys[key]++
	b.mu.Unlock()
	if panics {
		panic("the shop is broken") //nolint:forbidigo // what the test is about
	}
	if hangs {
		<-ctx.Done()
		return shop.Result{}, ctx.Err()
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return shop.Result{}, ctx.Err()
	}
	if err != nil {
		return shop.Result{}, err
	}
	return b.Shop.Do(ctx, id, op, args, key)
}

// times returns how often an operation was asked for.
func (b *books) times(op string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, done := range b.done {
		if done == op {
			n++
		}
	}
	return n
}

var errBroken = errors.New("broken for the test")

// long is a clip that lasts d: the question, again and again without a pause.
func long(d time.Duration) []int16 {
	var pcm []int16
	core := house.question[audio.Samples(80*time.Millisecond, audio.Rate):audio.Samples(980*time.Millisecond, audio.Rate)]
	for len(pcm) < audio.Samples(d, audio.Rate) {
		pcm = append(pcm, core...)
	}
	return pcm[:audio.Samples(d, audio.Rate)]
}

// cough is a burst of noise of 40 ms, a rush of 200 ms and a short rasp;
// synthetic.
func cough() []int16 {
	r := rand.New(rand.NewPCG(1, 1))
	pcm := make([]int16, audio.Rate*35/100)
	y := 0.0
	for i := range pcm {
		s := float64(i) / audio.Rate
		loud := math.Exp(-s/0.02) + 0.35*math.Exp(-(s-0.12)*(s-0.12)/0.0064)
		y += 0.35 * (r.NormFloat64() - y)
		pcm[i] = int16(max(-1, min(1, y*loud)) * 12000)
	}
	return pcm
}

var _ Leg = (*caller)(nil)

var _ = codec.L16
