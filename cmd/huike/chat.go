package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/audio"
	"huike/dialog"
	"huike/session"
	"huike/session/journal"
)

// chatCommand talks to the shop in a terminal.
type chatCommand struct {
	Lang  string `help:"Language to begin in." enum:"en,zh" default:"en"`
	As    string `help:"Who calls: a telephone number of a member." placeholder:"NUMBER"`
	Shop  string `help:"Folder with the shop's flows, wording and names; default: the demonstration shop." type:"existingdir" placeholder:"DIR"`
	Plain bool   `help:"Leave out what was understood, and where the dialog stands."`
	llmConfig
	Models string `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
}

// Run carries a call whose caller types, on the demonstration's records, until
// either side ends it.
func (c *chatCommand) Run(ctx context.Context, to streams) error {
	var w wrong
	if c.check(&w); len(w) > 0 {
		return errors.Join(w...)
	}
	info, err := os.Stdin.Stat()
	typed := err == nil && info.Mode()&os.ModeCharDevice != 0
	return c.chat(ctx, os.Stdin, typed, to)
}

// chat takes the caller's lines from in. Those that nobody types, of a pipe or a file,
// wait until what the agent says is over.
func (c *chatCommand) chat(ctx context.Context, in io.Reader, typed bool, to streams) error {
	folder, err := os.MkdirTemp("", "huike-chat-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	h, err := openStage(ctx, &serverConfig{
		Data: folder, Demo: true, Models: c.Models, Shop: c.Shop, Endpoint: defaultEndpoint, Patience: time.Minute, Taped: true, llmConfig: c.llmConfig,
	})
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.restock(ctx, time.Now()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, groupContext := errgroup.WithContext(ctx)
	for _, run := range h.run {
		group.Go(func() error { return ended(groupContext, run(groupContext)) })
	}
	leg := newTerminal(to.out, c.Plain)
	leg.paced = !typed
	go leg.listen(in) // a line that is being typed cannot be given up
	caller := session.Caller{Call: "c_chat", Lang: dialog.Lang(c.Lang), As: c.As, Channel: "chat"}
	_, err = session.Run(ctx, &h.session, caller, leg, nil)
	stop()
	return errors.Join(err, group.Wait())
}

// terminal is a leg in writing: who types is the caller.
type terminal struct {
	out      io.Writer
	plain    bool
	paced    bool // lines wait until the agent has spoken, and are shown
	messages chan []byte
	gone     chan struct{}
	spoken   chan struct{} // capacity 1: the agent's turn is over

	mu    sync.Mutex
	words string // of the agent's turn, which are all read when the caller answers
	over  sync.Once
}

func newTerminal(out io.Writer, plain bool) *terminal {
	return &terminal{out: out, plain: plain, messages: make(chan []byte, 64), gone: make(chan struct{}), spoken: make(chan struct{}, 1)}
}

// Format says that the leg carries words in place of sound.
func (*terminal) Format() audio.Format { return audio.Format{Name: "text"} }

// ReadPacket waits for the end of the call: there is no sound.
func (t *terminal) ReadPacket(*audio.Packet) error {
	<-t.gone
	return io.EOF
}

// WritePacket does nothing: there is no sound.
func (*terminal) WritePacket(*audio.Packet) error { return nil }

// Messages delivers what is typed.
func (t *terminal) Messages() <-chan []byte { return t.messages }

// Reason says that the caller has hung up, which the end of the input is.
func (*terminal) Reason() string { return "peer hung up" }

// Close ends the call.
func (t *terminal) Close(string) error {
	t.over.Do(func() { close(t.gone) })
	return nil
}

// listen takes lines until the input or the call ends: words, or keys behind a "#".
func (t *terminal) listen(in io.Reader) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if t.paced {
			t.hearOut()
			fmt.Fprintln(t.out, "> "+text)
		}
		t.mu.Lock()
		heard := t.words
		t.words = ""
		t.mu.Unlock()
		if heard != "" {
			t.write(journal.Event{Type: journal.TypeInterrupt, Heard: heard})
		}
		if keys, ok := strings.CutPrefix(text, "#"); ok && keys != "" {
			for _, key := range keys {
				t.write(journal.Event{Type: journal.TypeKey, Key: string(key)})
			}
			continue
		}
		t.write(journal.Event{Type: journal.TypeText, Text: text})
	}
	if t.paced {
		t.hearOut()
	}
	_ = t.Close("input ended") // the end of the input is a hang-up
}

// hearOut waits until the agent's turn is over, for at most hearing.
func (t *terminal) hearOut() {
	late := time.NewTimer(hearing)
	defer late.Stop()
	select {
	case <-t.spoken:
	case <-late.C:
	case <-t.gone:
	}
}

// hearing is how long a line waits for the agent's turn: a filler and a slow shop are
// in it.
const hearing = 15 * time.Second

func (t *terminal) write(ev journal.Event) {
	text, err := json.Marshal(ev)
	if err != nil {
		return
	}
	select {
	case t.messages <- text:
	case <-t.gone:
	}
}

// Send prints what happens.
func (t *terminal) Send(message []byte) error {
	var ev journal.Event
	if err := json.Unmarshal(message, &ev); err != nil {
		return err
	}
	switch ev.Type {
	case journal.TypeReply:
		if ev.Text != "" {
			t.mu.Lock()
			t.words += ev.Text + " "
			t.mu.Unlock()
			fmt.Fprintln(t.out, "  "+ev.Text)
		}
		if ev.Final {
			select {
			case t.spoken <- struct{}{}:
			default:
			}
		}
	case journal.TypeUnderstood:
		if !t.plain {
			fmt.Fprintln(t.out, "  · "+understood(ev))
		}
	case journal.TypeHandoff:
		fmt.Fprintf(t.out, "  · handoff %s: %s\n", ev.State, ev.Reason)
	case journal.TypeEnded:
		fmt.Fprintf(t.out, "  · %s, by the %s\n", ev.Disposition, ev.By)
	case journal.TypeError, journal.TypeNotice:
		fmt.Fprintln(t.out, "  · "+ev.Error+ev.Text)
	default: // the rest is for pages
	}
	return nil
}

// understood is one line about what the caller's words were taken for.
func understood(ev journal.Event) string {
	parts := []string{fmt.Sprintf("%s %.2f", ev.Intent, ev.Score)}
	for _, slot := range ev.Slots {
		parts = append(parts, slot.Name+"="+slot.Value)
	}
	for _, more := range []string{ev.Need, ev.Mood} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	if ev.Node != "" {
		parts = append(parts, "at "+ev.Node)
	}
	if ev.Rule != "" {
		parts = append(parts, "by rule "+ev.Rule)
	}
	return strings.Join(parts, "  ")
}
