package session

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"huike/audio"
	"huike/audio/playout"
	"huike/audio/tts"
	"huike/dialog"
	"huike/dialog/llm"
	"huike/dialog/turn"
	"huike/dialog/wording"
	"huike/session/journal"
)

// reply is the agent's turn in progress, and where its time went.
type reply struct {
	turn    uint32
	clauses []spokenClause
	done    chan struct{} // closed when the sound of the clauses so far is in the queue
	open    bool          // a result is due that will add to this turn
	answers question      // what it answers; zero when the caller said nothing
	meant   time.Duration // call time at which the dialog knew what to say
	sounded time.Duration // call time at which the first clause had sound
	begun   bool          // its first sound was sent

	mark    llm.Mark // how far a model's talk had come before it
	written []piece  // as that model knows it
}

// question is the caller's turn that a reply answers.
type question struct {
	ended   time.Duration // the caller's last sound
	due     time.Duration // when the turn was over for the turn engine, had the words been there
	decided time.Duration // when it was over
}

type spokenClause struct {
	wording.Clause
	length time.Duration // 0 until it has sound
	made   bool          // all of its sound is there
	marks  []tts.Mark    // when its words are heard, as far as the voice tells
	whole  bool          // must be heard whole
	act    string        // whose words they are
}

// overlap is how much of a clause may be missed by who has heard it whole: people
// answer into the last syllable.
const overlap = 200 * time.Millisecond

// heard returns the words that were heard in length of the reply's sound, and
// whether all that must be heard whole was. The caller's side may know better.
func (r *reply) heard(length time.Duration, by stopped) (words string, all bool) {
	if by.words != "" {
		return by.words, r.includes(by.words)
	}
	if by.at > 0 {
		length = min(length, by.at)
	}
	var said []string
	all = true
	for _, clause := range r.clauses {
		if clause.whole && (!clause.made || length+overlap < clause.length) {
			all = false
		}
		if length <= 0 || clause.length == 0 {
			length = 0
			continue
		}
		said = append(said, clause.heard(length))
		length -= clause.length
	}
	return strings.TrimSpace(strings.Join(said, " ")), all
}

// heard returns the words of the clause that were heard in length of its sound. The voice
// tells when which is; without that, and where what is written is not what is spoken, it
// is a share.
func (c *spokenClause) heard(length time.Duration) string {
	if length >= c.length {
		return c.Written
	}
	part, all := int(length/time.Millisecond), int(c.length/time.Millisecond+1)
	if len(c.marks) > 0 {
		end := tts.Heard(c.marks, length)
		if c.Spoken == c.Written {
			return strings.TrimSpace(c.Written[:min(end, len(c.Written))])
		}
		part, all = end, len(c.Spoken)
	}
	runes := []rune(c.Written)
	words := string(runes[:len(runes)*min(part, all)/max(all, 1)])
	if end := strings.LastIndexByte(words, ' '); end >= 0 && len(words) < len(c.Written) { // no half words, where words have spaces
		words = words[:end]
	}
	return words
}

// includes tells whether words, which were heard, end no earlier than the last
// clause that must be heard whole.
func (r *reply) includes(words string) bool {
	all, due := 0, 0
	for _, clause := range r.clauses {
		all += letters(clause.Written)
		if clause.whole {
			due = all
		}
	}
	return letters(words) >= due
}

// letters counts what is said of a text, whatever stands between its words; a digit that
// is masked is one.
func letters(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '*' {
			n++
		}
	}
	return n
}

// newReply gives the agent a turn of its own; what is left of an older one is
// stale from here on.
func (c *conversation) newReply() {
	c.hush()
	c.reply.answers, c.question = c.question, question{}
}

// speak words the acts and has them synthesised clause by clause into the
// playout queue.
func (c *conversation) speak(acts []dialog.Act) {
	first := len(c.reply.clauses)
	for _, a := range acts {
		c.write(journal.Event{Type: journal.TypeAct, Turn: c.reply.turn, Act: &a})
		said := 0
		for _, clause := range c.config.Wording.Say(c.caller.Lang, a, c.moment()) {
			said += letters(clause.Written)
			c.reply.clauses = append(c.reply.clauses, spokenClause{Clause: clause, whole: a.Whole, act: a.Name})
			c.tell(journal.Event{Clause: len(c.reply.clauses) - 1, Text: clause.Written})
		}
		c.tellModel(a, said)
	}
	if !c.reply.open {
		c.tell(journal.Event{Clause: len(c.reply.clauses), Final: true})
	}
	if len(c.reply.clauses) == first {
		if !c.reply.open {
			c.synthesise(first)
		}
		return
	}
	if c.reply.meant == 0 {
		c.reply.meant = c.now
	}
	c.synthesise(first)
}

// tell tells the caller's side the words of the reply before they have sound.
func (c *conversation) tell(ev journal.Event) {
	ev.Type, ev.Turn = journal.TypeReply, c.reply.turn
	c.send(ev.Masked())
}

// synthesise has the clauses from the first on made into sound. Without any the
// turn ends when the sound before it does.
func (c *conversation) synthesise(first int) {
	c.act(c.floor.Step(turn.Event{Kind: turn.Replying, Turn: c.reply.turn}))
	job := synthesis{
		turn: c.reply.turn, first: first, last: !c.reply.open, lang: string(c.caller.Lang),
		after: c.reply.done, done: make(chan struct{}), format: c.format(), queue: c.queue, speaker: c.speaker,
		patience: c.patience.voice,
	}
	for _, clause := range c.reply.clauses[first:] {
		job.clauses, job.acts = append(job.clauses, clause.Spoken), append(job.acts, clause.act)
	}
	c.reply.done = job.done
	c.worker.Go(job.run)
}

// moment is when the words are said: the shop's day, and a number that chooses
// among the ways to say them.
func (c *conversation) moment() wording.Moment {
	return wording.Moment{Turn: c.reply.turn, Today: c.caller.Day}
}

// synthesised notes when a clause got its sound.
func (c *conversation) synthesised(ev synthesised) {
	if ev.err != nil {
		c.stepDown("synthesis", ev.err)
	}
	if ev.turn != c.reply.turn {
		return
	}
	clause := &c.reply.clauses[ev.clause]
	clause.length, clause.made, clause.marks = ev.length, ev.made, ev.marks
	if c.reply.sounded == 0 {
		c.reply.sounded = c.now
	}
	if ev.err != nil && ev.length == 0 { // the words are read where they cannot be heard
		c.caption(ev.turn, ev.clause)
	}
}

// clauseBegan shows the words of a clause as its sound begins.
func (c *conversation) clauseBegan(ev clauseBegan) {
	if ev.turn != c.reply.turn {
		return
	}
	if ev.first {
		c.floor.Step(turn.Event{Kind: turn.AgentBegan, At: ev.at, Turn: ev.turn})
		c.speech(dialog.Agent, true, ev.at)
		if !c.reply.begun && c.reply.answers != (question{}) {
			c.latency(ev.at)
		}
		c.reply.begun = true
	}
	c.guard(ev.at, c.reply.clauses[ev.clause].whole)
	if ev.turn != c.reply.turn {
		return // what was said into a sentence that had to be heard whole has ended this one
	}
	c.caption(ev.turn, ev.clause)
}

func (c *conversation) caption(t uint32, clause int) {
	c.emit(journal.Event{
		Type: journal.TypeCaption, Party: dialog.Agent, Turn: t, Clause: clause, Final: true,
		Text: c.reply.clauses[clause].Written,
	})
}

func (c *conversation) turnFinished(ev turnFinished) {
	if ev.turn != c.reply.turn {
		return
	}
	if c.reply.begun {
		c.speech(dialog.Agent, false, ev.at)
		c.reply.begun = false
	}
	c.guard(ev.at, false)
	c.act(c.floor.Step(turn.Event{Kind: turn.AgentFinished, At: ev.at, Turn: ev.turn}))
	c.sayGoodbye()
}

// lastWords is how long the network and the peer's own buffer may keep the agent's
// last sound; a leg that is closed before that cuts it off.
const lastWords = 300 * time.Millisecond

// sayGoodbye ends the call once its last words will have been heard.
func (c *conversation) sayGoodbye() {
	if c.ending != nil {
		c.endAt = c.now + lastWords
	}
}

// latency tells where the time went from the caller's last sound to the first
// sound of the answer.
func (c *conversation) latency(at time.Duration) {
	q, r := c.reply.answers, c.reply
	sounded := min(r.sounded, at)
	if sounded == 0 { // its sound was sent before the news that there is some came
		sounded = at
	}
	between := func(from, to time.Duration) journal.Milliseconds { return journal.MS(to) - journal.MS(from) } // adds up
	split := &journal.Latency{
		MS:          between(q.ended, at),
		Endpointing: between(q.ended, q.due),
		Recognition: between(q.due, q.decided),
		Dialog:      between(q.decided, r.meant),
		Synthesis:   between(r.meant, sounded),
		Playout:     between(sounded, at),
	}
	c.emit(journal.Event{Type: journal.TypeLatency, Turn: r.turn, Latency: split})
	c.config.Metrics.turn(split)
}

// synthesis is the work of giving sound to clauses of one turn.
type synthesis struct {
	turn    uint32
	clauses []string
	acts    []string // of the clauses
	first   int      // number of the first clause in its turn
	last    bool
	lang    string
	after   <-chan struct{} // nil, or closed when the clauses before have sound
	done    chan struct{}
	format  audio.Format
	queue   *playout.Queue
	speaker Speaker

	patience time.Duration // with the voice, for each piece of sound
}

// run appends each clause to the queue as soon as it has sound. It stops when
// the turn has become stale.
func (s synthesis) run(ctx context.Context, post func(event)) {
	defer close(s.done)
	if s.after != nil {
		select {
		case <-s.after:
		case <-ctx.Done():
			return
		}
	}
	for i, text := range s.clauses {
		ev := synthesised{turn: s.turn, clause: s.first + i}
		err := s.play(ctx, text, &ev, post)
		if ctx.Err() != nil || errors.Is(err, errStale) {
			return
		}
		ev.made, ev.err = true, err
		if err == nil && (!s.last || i < len(s.clauses)-1) {
			if s.enqueue(ctx, s.speaker.Pause(s.format, text), &ev) != nil {
				return
			}
		}
		post(ev)
	}
	if s.last {
		s.queue.Finish(s.turn)
	}
}

// errVoice ends the synthesis of a clause that takes too long.
var errVoice = errors.New("the voice does not answer")

// play has one clause spoken into the queue, and posts ev when its sound begins.
func (s synthesis) play(ctx context.Context, text string, ev *synthesised, post func(event)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := time.AfterFunc(s.patience, func() { cancel(errVoice) })
	defer patience.Stop()
	saying := tts.Saying{Lang: s.lang, Text: text, Act: s.acts[ev.clause-s.first]}
	saying.Marked = func(marks []tts.Mark) { ev.marks = marks }
	err := say(ctx, s.speaker, saying, s.format, func(items []playout.Item) error {
		patience.Stop() // a full queue is not the voice's doing
		defer patience.Reset(s.patience)
		first := ev.length == 0
		if err := s.enqueue(ctx, items, ev); err != nil {
			return err
		}
		if first {
			post(*ev)
		}
		return nil
	})
	if err != nil && errors.Is(context.Cause(ctx), errVoice) {
		return errVoice
	}
	return err
}

// say has a clause of an act spoken as the shop says such acts, where the speaker knows
// how.
func say(ctx context.Context, speaker Speaker, saying tts.Saying, format audio.Format, emit func([]playout.Item) error) error {
	teller, ok := speaker.(interface {
		Say(ctx context.Context, saying tts.Saying, format audio.Format, emit func([]playout.Item) error) error
	})
	if !ok {
		return speaker.Play(ctx, saying.Lang, saying.Text, format, emit)
	}
	return teller.Say(ctx, saying, format, emit)
}

// errStale ends the synthesis of a turn that nobody will hear any more.
var errStale = errors.New("turn is stale")

// enqueue appends sound, which calls share, to the queue as the clause's, and adds its
// length to the clause's.
func (s synthesis) enqueue(ctx context.Context, shared []playout.Item, ev *synthesised) error {
	ev.length += time.Duration(len(shared)) * audio.PTime
	if !s.queue.Append(ctx, s.turn, ev.clause, shared...) {
		return errStale
	}
	return nil
}
