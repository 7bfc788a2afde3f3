package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/turn"
	"huike/member/shop"
	"huike/session/journal"
)

const (
	longestText    = 500  // bytes that a caller may type at once
	longestHeard   = 8000 // bytes of the agent's words that were heard
	mostOperations = 64   // that the caller's side may do itself
	mostRows       = 100  // of a result
)

// stopped is how the caller's side has stopped the agent, by what was heard of it:
// the words themselves, or how long it had sounded. Zero when it does not say.
type stopped struct {
	words string
	at    time.Duration
}

// parties are the operations of the shop that the caller's side does itself.
type parties struct {
	do  map[string]bool               // by name
	due map[uint32]chan<- shop.Result // those it was asked for, by number
}

// message takes what the caller's side says beside the sound.
func (c *conversation) message(text message) {
	ev, err := parseMessage(text)
	if err == nil {
		err = c.obey(ev)
	}
	if err != nil {
		c.send(journal.Event{Type: journal.TypeError, Error: err.Error()})
	}
}

func (c *conversation) obey(ev journal.Event) error {
	switch ev.Type {
	case journal.TypeKey:
		c.act(c.floor.Step(turn.Event{Kind: turn.Key, At: c.now, Text: ev.Key}))
	case journal.TypeText:
		c.act(c.floor.Step(turn.Event{Kind: turn.Typed, At: c.now, Text: ev.Text}))
	case journal.TypeMute:
		c.emit(journal.Event{Type: journal.TypeMute, On: ev.On})
	case journal.TypeHangup:
		c.emit(journal.Event{Type: journal.TypeHangup})
		c.end(dialog.HungUp, dialog.Caller)
	case journal.TypeInterrupt:
		c.publish(journal.Event{Type: journal.TypeInterrupt, Heard: ev.Heard, HeardMS: ev.HeardMS})
		c.stopped = stopped{words: ev.Heard, at: ev.HeardMS.Duration()}
		c.act(c.floor.Step(turn.Event{Kind: turn.Stopped, At: c.now}))
		c.stopped = stopped{}
	case journal.TypeCommit:
		c.publish(journal.Event{Type: journal.TypeCommit})
		c.act(c.floor.Step(turn.Event{Kind: turn.Committed, At: c.now}))
	case journal.TypeFloor:
		c.publish(journal.Event{Type: journal.TypeFloor, Manual: ev.Manual})
		c.act(c.floor.Step(turn.Event{Kind: turn.Manual, At: c.now, On: ev.Manual}))
	case journal.TypeHold:
		c.hold(ev.On)
	case journal.TypeLang:
		c.publish(journal.Event{Type: journal.TypeLang, Lang: ev.Lang})
		c.caller.Lang, c.deaf = ev.Lang, false
		c.flow.Speak(ev.Lang)
	case journal.TypeOperates:
		return c.operates(ev.Operations)
	case journal.TypeResult:
		return c.resulted(ev.Operation)
	default: // parseMessage lets no other pass
	}
	return nil
}

// hold follows the caller's side into a hold and out of it. Meanwhile the agent's
// sound waits, nobody is asked whether they are there, and music is not heard.
func (c *conversation) hold(on bool) {
	c.emit(journal.Event{Type: journal.TypeHold, On: on})
	c.park(on)
	if !c.passing.taken {
		c.floor.Step(turn.Event{Kind: turn.Listening, At: c.now, On: on})
	}
}

// operates notes which operations the caller's side does from now on.
func (c *conversation) operates(names []string) error {
	if !c.caller.Operates {
		return errors.New("operations: this call may not do the shop's operations; connect with a key that may")
	}
	c.publish(journal.Event{Type: journal.TypeOperates, Operations: names})
	c.parties.do = make(map[string]bool, len(names))
	for _, name := range names {
		c.parties.do[name] = true
	}
	return nil
}

// entrust asks the caller's side for an operation, and returns how to wait for
// what comes of it.
func (c *conversation) entrust(op flow.Operation) func(ctx context.Context) (shop.Result, error) {
	answer := make(chan shop.Result, 1)
	if c.parties.due == nil {
		c.parties.due = map[uint32]chan<- shop.Result{}
	}
	c.parties.due[op.ID] = answer
	c.send(journal.Event{Type: journal.TypeOperation, Turn: c.reply.turn, Operation: &journal.Operation{
		ID: op.ID, Name: op.Name, Args: op.Args, Write: op.Write,
	}})
	return func(ctx context.Context) (shop.Result, error) {
		select {
		case result := <-answer:
			return result, nil
		case <-ctx.Done():
			return shop.Result{}, fmt.Errorf("%s at the caller's side: %w", op.Name, ctx.Err())
		}
	}
}

// resulted takes what came of an operation that the caller's side was asked for.
func (c *conversation) resulted(op *journal.Operation) error {
	answer := c.parties.due[op.ID]
	if answer == nil {
		return fmt.Errorf("operation %d is not one that was asked for, or is over", op.ID)
	}
	delete(c.parties.due, op.ID)
	c.write(journal.Event{Type: journal.TypeResult, Operation: op}.Masked())
	answer <- shop.Result{OK: op.OK, Code: op.Code, Rows: op.Rows}
	return nil
}

// parseMessage reads one message of the caller's side.
func parseMessage(text []byte) (journal.Event, error) {
	var ev journal.Event
	if err := json.Unmarshal(text, &ev); err != nil {
		return ev, errors.New("message is not a JSON object with a type")
	}
	return ev, check(&ev)
}

// check says what is wrong with a message, and trims its text.
func check(ev *journal.Event) error {
	wrong := false
	switch ev.Type {
	case journal.TypeKey:
		wrong = len(ev.Key) != 1 || !strings.Contains("0123456789*#", ev.Key)
	case journal.TypeText:
		ev.Text = strings.TrimSpace(ev.Text)
		wrong = ev.Text == "" || len(ev.Text) > longestText
	case journal.TypeLang:
		wrong = ev.Lang != dialog.Chinese && ev.Lang != dialog.English
	case journal.TypeInterrupt:
		wrong = ev.HeardMS < 0 || len(ev.Heard) > longestHeard
	case journal.TypeOperates:
		wrong = len(ev.Operations) > mostOperations
	case journal.TypeResult:
		wrong = ev.Operation == nil || len(ev.Operation.Rows) > mostRows
	case journal.TypeMute, journal.TypeHangup, journal.TypeCommit, journal.TypeFloor, journal.TypeHold:
	default:
		return fmt.Errorf("message type %.32q is not one of key, text, mute, hangup, interrupt, commit, floor, hold, lang, operates and result", ev.Type)
	}
	if wrong {
		return wants(ev)
	}
	return nil
}

// wants says what a message of that type must hold.
func wants(ev *journal.Event) error {
	switch ev.Type {
	case journal.TypeKey:
		return fmt.Errorf("key %.8q is not one of 0-9, * and #", ev.Key)
	case journal.TypeText:
		return fmt.Errorf("text of %d bytes is not between 1 and %d", len(ev.Text), longestText)
	case journal.TypeLang:
		return fmt.Errorf("lang %.8q is not zh or en", ev.Lang)
	case journal.TypeInterrupt:
		return fmt.Errorf("heard_ms of %d is below 0, or heard is longer than %d bytes", ev.HeardMS, longestHeard)
	case journal.TypeOperates:
		return fmt.Errorf("%d operations are more than %d", len(ev.Operations), mostOperations)
	default:
		return fmt.Errorf("result wants an operation with its id and at most %d rows", mostRows)
	}
}
