package session

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/playout"
	"huike/member"
	"huike/member/shop"
)

// recognizer hears what the caller says, if it is told to.
type recognizer struct {
	caller *caller

	mu     sync.Mutex
	takes  time.Duration // for each recognition
	err    error
	lang   string // in which it hears first turns; "": the call's
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

// finals is how often it was asked for the words of a whole turn.
func (r *recognizer) finals() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
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
	lang := ""
	if hint.First && !hint.Partial {
		lang = r.lang
	}
	if err != nil || mute {
		return asr.Result{Lang: lang}, err
	}
	r.caller.mu.Lock()
	defer r.caller.mu.Unlock()
	return asr.Result{Lang: lang, Text: r.caller.words, Final: !hint.Partial, Confidence: 0.9, Elapsed: takes}, nil
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

// clauses is how many it was given.
func (v *speaker) clauses() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.spoken)
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
	read   []member.Purpose // what the record was read for

	recording *bool // what each member says of being recorded; nil: what stands in the record
}

// said is a view with the members' word on being recorded.
func (p *people) said(v member.View, err error) (member.View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.recording != nil && err == nil {
		v.Version++
		v.Consent = append(slices.DeleteFunc(slices.Clone(v.Consent), func(g member.Grant) bool { return g.Purpose == member.PurposeRecording }),
			member.Grant{Purpose: member.PurposeRecording, Given: *p.recording})
	}
	return v, err
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
	return p.said(p.Members.Find(ctx, h, a))
}

// Get implements [Members].
func (p *people) Get(ctx context.Context, id member.ID, a member.Access) (member.View, error) {
	p.set(func(p *people) { p.read = append(p.read, a.Purpose) })
	if err := p.fault(ctx); err != nil {
		return member.View{}, err
	}
	return p.said(p.Members.Get(ctx, id, a))
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

// writes returns how many call-backs were asked for.
func (b *books) writes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, done := range b.done {
		if done == shop.OpCallback {
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

// asked is what was asked of the shop so far.
func (b *books) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.done...)
}
