package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
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
	Plain bool   `help:"Leave out what was understood, what the shop did, and where the dialog stands." xor:"form"`
	JSON  bool   `help:"Print everything as JSON, one event a line: what was typed and understood, the agent's acts and words, operations, handoffs, the end." xor:"form"`
	llmConfig
	Models string `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
}

// Help says what can be typed, and what the lines mean.
func (*chatCommand) Help() string {
	return `Type what a caller would say and press Enter. "#" and keys press keys: "#0" is a person,
"#10023#" an order number. Ctrl-D hangs up. Lines may come from a pipe or a file, too.

A line with a dot says what was understood: the intent and how sure it is, the details, need
and mood, the rule of the routing table, and where the dialog stands; or what the shop was
asked to do, and what came of it.

Members of the demonstration: 13800001234 (张丽, Zhang Li), 13900005678 (James Smith).
Without --as nobody knows who calls.

  huike chat --as 13900005678
  huike chat --lang zh --as 13800001234
  printf 'where is my order\\nyes\\n' | huike chat --as 13900005678 --json`
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
	leg := newTerminal(to.out, c.Plain || c.JSON)
	leg.paced, leg.json = !typed, c.JSON
	h.session.Watch = leg.watch
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
	json     bool // every event is printed, and nothing else
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
			if !t.json {
				fmt.Fprintln(t.out, "> "+text)
			}
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

// watch prints what goes into the journal: everything, or what the shop does.
func (t *terminal) watch(ev journal.Event) {
	switch {
	case t.json:
		if text, err := json.Marshal(ev); err == nil {
			t.print(string(text))
		}
	case t.plain:
	case ev.Type == journal.TypeOperation && ev.Operation.Done:
		t.print("  · " + operation(ev.Operation))
	case ev.Type == journal.TypeModel:
		t.print(strings.TrimSpace("  · model " + ev.State + " " + string(ev.Intent) + ev.Error))
	default: // is sent to the caller's side, too, or says nothing of the dialog
	}
}

func (t *terminal) print(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.out, line)
}

// Send prints what the caller is told.
func (t *terminal) Send(message []byte) error {
	var ev journal.Event
	if err := json.Unmarshal(message, &ev); err != nil {
		return err
	}
	if ev.Type == journal.TypeReply {
		t.reply(ev)
		return nil
	}
	if t.json {
		return nil
	}
	switch ev.Type {
	case journal.TypeUnderstood:
		if !t.plain {
			t.print("  · " + understood(ev))
		}
	case journal.TypeHandoff:
		t.print(fmt.Sprintf("  · handoff %s: %s", ev.State, ev.Reason))
	case journal.TypeEnded:
		t.print(fmt.Sprintf("  · %s, by the %s", ev.Disposition, ev.By))
	case journal.TypeError, journal.TypeNotice:
		t.print("  · " + ev.Error + ev.Text)
	default: // the rest is for pages
	}
	return nil
}

// reply prints a sentence of the agent's, and lets the next line be taken after the last.
func (t *terminal) reply(ev journal.Event) {
	if ev.Text != "" {
		t.mu.Lock()
		t.words += ev.Text + " "
		t.mu.Unlock()
		if !t.json {
			t.print("  " + ev.Text)
		}
	}
	if ev.Final {
		select {
		case t.spoken <- struct{}{}:
		default:
		}
	}
}

// operation is one line about what the shop was asked to do, and what came of it.
func operation(op *journal.Operation) string {
	parts := []string{"shop " + op.Name}
	if op.Write {
		parts = []string{"shop wrote " + op.Name}
		if !op.OK {
			parts = []string{"shop did not write " + op.Name}
		}
	}
	if op.Code != "" {
		parts = append(parts, op.Code)
	}
	for i, row := range op.Rows {
		if i == shownRows {
			parts = append(parts, fmt.Sprintf("and %d more", len(op.Rows)-i))
			break
		}
		var columns []string
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if row[name] != "" {
				columns = append(columns, name+"="+row[name])
			}
		}
		parts = append(parts, "{"+strings.Join(columns, " ")+"}")
	}
	return strings.Join(parts, "  ")
}

// shownRows is how many rows of a result are printed.
const shownRows = 3

// understood is one line about what the caller's words were taken for.
func understood(ev journal.Event) string {
	parts := []string{"no wish"}
	if ev.Intent != "" {
		parts = []string{fmt.Sprintf("%s %.2f", ev.Intent, ev.Score)}
	}
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
