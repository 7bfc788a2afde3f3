package session

import (
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/dialog"
	"huike/session/handoff"
	"huike/session/journal"
)

// clerk is a person's leg at the desk: it sends the sound it is given, and
// keeps what it hears.
type clerk struct {
	packets chan audio.Packet
	gone    chan struct{}
	once    sync.Once

	mu    sync.Mutex
	heard []sounded
	began time.Time
	why   string
}

func newClerk(began time.Time) *clerk {
	return &clerk{packets: make(chan audio.Packet, 64), gone: make(chan struct{}), began: began}
}

// speak sends a clip, and silence before and after it, until the leg ends.
func (k *clerk) speak(wait time.Duration, clip []int16) {
	ticker := time.NewTicker(audio.PTime)
	defer ticker.Stop()
	quiet := int(wait / audio.PTime)
	for n := 0; ; n++ {
		select {
		case <-k.gone:
			return
		case <-ticker.C:
		}
		frame := make([]int16, audio.FrameSamples)
		if n >= quiet {
			clip = clip[copy(frame, clip):]
		}
		p := audio.Packet{SSRC: 9, Sequence: uint16(n), Timestamp: uint32(n) * audio.FrameSamples, Payload: bytesOf(frame)}
		select {
		case k.packets <- p:
		case <-k.gone:
			return
		}
	}
}

func (*clerk) Format() audio.Format { return codec.PCM(audio.Rate) }

func (k *clerk) ReadPacket(p *audio.Packet) error {
	select {
	case <-k.gone:
		return io.EOF
	case *p = <-k.packets:
		return nil
	}
}

func (k *clerk) WritePacket(p *audio.Packet) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard = append(k.heard, sounded{at: time.Since(k.began), samples: samplesOf(p.Payload)})
	return nil
}

func (k *clerk) Close(why string) error {
	k.once.Do(func() {
		k.mu.Lock()
		k.why = why
		k.mu.Unlock()
		close(k.gone)
	})
	return nil
}

// sounds counts the packets with sound since from.
func (k *clerk) sounds(from time.Duration) (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.heard {
		if s.at >= from && s.loud() {
			n++
		}
	}
	return n
}

// waiting brings a call to where it waits for a person.
func waiting(s *stage) {
	s.Helper()
	s.greeted()
	s.press("0")
	s.waits(2*time.Second, "a ticket", func() bool { q, _ := s.desk.Queue(); return len(q) == 1 })
}

// taken brings a call to where a person has it, with sound.
func taken(s *stage, k *clerk) {
	s.Helper()
	if _, err := s.desk.Take(s.who.Call, "li"); err != nil {
		s.Fatal(err)
	}
	go s.desk.Attach(s.Context(), s.who.Call, "li", k)
	s.later(100 * time.Millisecond)
}

func TestPersonTakesTheCall(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.asks("where is my order")
		leave := s.desk.Arrive("li")
		defer leave()
		s.asks("I want to talk to a person")
		ticket, err := s.desk.Get(s.who.Call)
		if err != nil {
			t.Fatal(err)
		}
		if ticket.Said != "I want to talk to a person" || ticket.Reason != dialog.ReasonAsked || ticket.Member == nil {
			t.Errorf("ticket %+v", ticket)
		}
		lines := ticket.Transcript
		if !slices.ContainsFunc(lines, func(l journal.Line) bool { return strings.Contains(l.Text, "I want to talk to a person") }) {
			t.Errorf("the sentence that caused it is not in the transcript %v", lines)
		}
		k := newClerk(s.began)
		go k.speak(time.Second, long(2*time.Second))
		taken(s, k)

		from := s.now()
		s.say(long(2*time.Second), "I was told to wait for a week")
		s.later(5 * time.Second)
		if n := k.sounds(from); n < 90 {
			t.Errorf("the person heard %d of 100 packets", n)
		}
		if n := len(s.sounds(from)); n < 90 {
			t.Errorf("the caller heard %d of 100 packets", n)
		}
		if got := s.read(dialog.Caller, from); got != "I was told to wait for a week" {
			t.Errorf("written down: %q", got)
		}
		if got := s.read(dialog.Agent, from); got != "" {
			t.Errorf("the robot says %q", got)
		}
		if got := s.read(dialog.Human, from); got == "" {
			t.Error("nothing that the person says is written down")
		}

		if err := s.desk.Return(s.who.Call, "li"); err != nil {
			t.Fatal(err)
		}
		from = s.now()
		s.waits(3*time.Second, "the robot's voice", func() bool { return len(s.sounds(from)) > 0 })
		s.quiet()
		if got := s.read(dialog.Agent, from); !strings.Contains(got, "back") {
			t.Errorf("the robot comes back with %q", got)
		}
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
		if got := s.handoffs(); got != "waiting taken taken returned" {
			t.Errorf("the page was told %q", got)
		}
	})
}

func TestPersonEndsTheCall(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		defer leave()
		waiting(s)
		k := newClerk(s.began)
		go k.speak(0, nil)
		taken(s, k)
		if err := s.desk.End(s.who.Call, "li"); err != nil {
			t.Fatal(err)
		}
		if d := s.ends(time.Second); d != (dialog.Disposition{Code: dialog.HandedOff, By: dialog.Human}) {
			t.Errorf("ended %v", d)
		}
	})
}

func TestKey0IsTakenInTheMiddleOfASentence(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.later(time.Second) // in the greeting
		s.press("0")
		s.later(time.Second)
		if got := s.handoffs(); got != "waiting" {
			t.Errorf("the page was told %q", got)
		}
		if got := s.read(dialog.Agent, time.Second); !strings.Contains(got, "colleague") && !strings.Contains(got, "person") && got == "" {
			t.Errorf("the robot says %q", got)
		}
	})
}

func TestNobodyTakesTheCall(t *testing.T) {
	play(t, nil, func(s *stage) {
		waiting(s)
		from := s.now()
		s.waits(30*time.Second, "nobody", func() bool { return s.handoffs() == "waiting nobody" })
		s.quiet()
		if got := s.read(dialog.Agent, from); !strings.Contains(got, "call you back") {
			t.Errorf("the robot offers %q", got)
		}
		s.asks("yes") // a call-back
		s.asks("yes") // as read back
		if n := s.books.writes(); n != 1 {
			t.Errorf("the call-back is written %d times:\n%s", n, s.story())
		}
		s.say(house.question, "no thanks, goodbye")
		if d := s.ends(30 * time.Second); d.Code != dialog.CallBack {
			t.Errorf("ended %v", d)
		}
	})
}

func TestNobodyIsThereAtAll(t *testing.T) {
	play(t, func(s *stage) { s.config.Desk = nil }, func(s *stage) {
		s.greeted()
		if got := s.asks("I want to talk to a person"); !strings.Contains(got, "call you back") {
			t.Errorf("the robot offers %q", got)
		}
	})
}

func TestCallerHangsUpWhileWaiting(t *testing.T) {
	play(t, nil, func(s *stage) {
		waiting(s)
		s.hangUp()
		if d := s.ends(time.Second); d.Code != dialog.HungUp {
			t.Errorf("ended %v", d)
		}
		s.later(10 * time.Millisecond)
		if q, _ := s.desk.Queue(); len(q) != 0 {
			t.Errorf("%d calls wait at the desk", len(q))
		}
		if closed, _ := s.desk.ClosedAfter(0); len(closed) != 1 || closed[0].State != handoff.Cancelled {
			t.Errorf("the pages are told %v", closed)
		}
	})
}

func TestCallerHangsUpOnThePerson(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		defer leave()
		waiting(s)
		k := newClerk(s.began)
		go k.speak(0, nil)
		taken(s, k)
		s.hangUp()
		s.ends(time.Second)
		s.later(10 * time.Millisecond)
		select {
		case <-k.gone:
		default:
			t.Error("the person's leg goes on")
		}
	})
}

func TestSecondTriggerIsTheSameTicket(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		defer leave()
		waiting(s)
		s.press("00")
		s.asks("a person please")
		if q, _ := s.desk.Queue(); len(q) != 1 {
			t.Errorf("%d tickets", len(q))
		}
		k := newClerk(s.began)
		go k.speak(0, nil)
		taken(s, k)
		if got := s.handoffs(); got != "waiting taken taken" {
			t.Errorf("the page was told %q", got)
		}
		s.press("0") // on the person's line
		s.later(time.Second)
		if got := s.handoffs(); got != "waiting taken taken" {
			t.Errorf("the page was told %q", got)
		}
	})
}

func TestPersonVanishes(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		waiting(s)
		k := newClerk(s.began)
		go k.speak(0, nil)
		taken(s, k)
		leave()
		k.Close("the page is gone")
		s.waits(15*time.Second, "the queue again", func() bool { return s.handoffs() == "waiting taken taken waiting" })
		from := s.now()
		s.waits(40*time.Second, "nobody", func() bool { return strings.HasSuffix(s.handoffs(), "nobody") })
		s.quiet()
		if got := s.read(dialog.Agent, from); !strings.Contains(got, "call you back") {
			t.Errorf("the robot offers %q", got)
		}
	})
}

func TestPersonWhoTakesWithoutSoundAndReturns(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		defer leave()
		waiting(s)
		if _, err := s.desk.Take(s.who.Call, "li"); err != nil {
			t.Fatal(err)
		}
		s.quiet()
		s.say(house.question, "hello") // nobody answers: a person has the call
		s.later(20 * time.Second)
		if err := s.desk.Return(s.who.Call, "li"); err != nil {
			t.Fatal(err)
		}
		s.later(5 * time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
	})
}

func TestWordsOnTheWayWhenThePersonTakesTheCallAreNotAnswered(t *testing.T) {
	play(t, nil, func(s *stage) {
		leave := s.desk.Arrive("li")
		defer leave()
		s.greeted()
		s.books.set(func(b *books) { b.takes = 3 * time.Second })
		s.say(house.question, "where is my order")
		s.later(1800 * time.Millisecond)
		s.press("0")
		s.later(100 * time.Millisecond)
		k := newClerk(s.began)
		go k.speak(0, nil)
		taken(s, k)
		from := s.now()
		s.later(6 * time.Second)
		if got := s.read(dialog.Agent, from); got != "" {
			t.Errorf("the robot says %q", got)
		}
		if err := s.desk.Return(s.who.Call, "li"); err != nil {
			t.Fatal(err)
		}
		s.books.set(func(b *books) { b.takes = 0 })
		s.later(5 * time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
	})
}
