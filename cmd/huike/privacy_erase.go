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

	"huike/member"
	eventstream "huike/member/event/stream"
	"huike/member/privacy"
	"huike/session/journal"
)

// eraseStream is where events of a stream may name a person.
type eraseStream struct {
	EventsRedis  string `help:"Redis whose stream events are read from, as serve has it: entries that name the person are deleted." env:"HUIKE_EVENTS_REDIS" placeholder:"URL"`
	EventsStream string `help:"The stream's key." default:"huike:events" env:"HUIKE_EVENTS_STREAM"`
}

// memberErase forgets a person.
type memberErase struct {
	Who   string `arg:"" help:"The member's id or phone number." placeholder:"ID|PHONE"`
	Redis string `help:"Redis URL or addresses of a cluster, as serve has it; a server with its own embedded one is told through the store, within two seconds." env:"HUIKE_REDIS" placeholder:"URL"`
	eraseStream
	Yes  bool `help:"Do not ask."`
	JSON bool `help:"Print {\"members\",\"rows\",\"calls\"}."`
	memberStore
}

var errNotAsked = errors.New("nothing is erased; type the id to agree, or give --yes")

// Run erases the person after asking once more.
func (c *memberErase) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was erased is committed
	id, err := whose(ctx, s, c.Who)
	if err != nil {
		return err
	}
	if !c.Yes {
		fmt.Fprintf(to.notes, "Everything about member %s will be gone for good. Type %s to go on: ", id, id)
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		if strings.TrimSpace(line) != string(id) {
			return errNotAsked
		}
	}
	calls, err := journal.OpenSealed(c.Data, s.Vault())
	if err != nil {
		return err
	}
	defer calls.Close() //nolint:errcheck // nothing is being written
	config := privacy.Config{Calls: keptCalls{calls}, Reader: operator()}
	if c.Redis != "" {
		client, closer, err := member.OpenRedis(c.Redis)
		if err != nil {
			return fmt.Errorf("--redis: %w", err)
		}
		defer closer() //nolint:errcheck // nothing is waited for
		config.Forget = []privacy.Forgetter{
			privacy.Named("unfinished", unfinished{client, s.Vault()}),
			privacy.Named("cache", member.NewDirectory(s, client, member.Config{Vault: s.Vault()})),
		}
	}
	if c.EventsRedis != "" {
		client, closer, err := member.OpenRedis(c.EventsRedis)
		if err != nil {
			return fmt.Errorf("--events-redis: %w", err)
		}
		defer closer() //nolint:errcheck // nothing is waited for
		config.Forget = append(config.Forget, privacy.Named("stream", eventstream.Eraser{Redis: client, Stream: c.EventsStream, Graves: s}))
	}
	done, err := privacy.New(s, config).Erase(ctx, id)
	if done != nil {
		for _, step := range done.Steps {
			fmt.Fprintf(to.notes, "%-10s %6d %s\n", step.Name, step.Count, map[bool]string{true: "erased", false: "FAILED, to be done again"}[step.Done])
		}
	}
	if err != nil {
		return err
	}
	return c.report(to.out, id, done)
}

// report tells what an erasure has reached.
func (c *memberErase) report(out io.Writer, id member.ID, done *privacy.Erased) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(done)
	}
	rows := int64(0)
	for _, n := range done.Rows {
		rows += n
	}
	_, err := fmt.Fprintf(out, "member %s is erased: %d rows of %d tables, %d calls looked for\n", id, rows, len(done.Rows), done.Calls)
	return err
}

// keptCalls deletes calls.
type keptCalls struct{ store *journal.Store }

// Delete deletes a call's journal and recording, if they are kept.
func (k keptCalls) Delete(_ context.Context, call string) error {
	if err := k.store.Delete(call); err != nil && !errors.Is(err, journal.ErrNotFound) && !errors.Is(err, journal.ErrBadID) {
		return err
	}
	return nil
}

// watchErasures lets go of whom the command line or another server erases.
func (h *house) watchErasures(ctx context.Context) error {
	return privacy.New(h.store, h.forgetting()).Watch(ctx, h.log)
}

// forgetting is who must let go of a person who is erased.
func (h *house) forgetting() privacy.Config {
	config := privacy.Config{Calls: keptCalls{h.calls}}
	for _, holder := range []struct {
		name string
		of   any
	}{{"cache", h.members}, {"unfinished", h.session.Unfinished}, {"stream", h.stream}, {"words", &h.said}, {"figures", h.figures}} {
		if f, ok := holder.of.(privacy.Forgetter); ok {
			config.Forget = append(config.Forget, privacy.Named(holder.name, f))
		}
	}
	return config
}
