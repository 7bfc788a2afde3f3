package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"huike/member/audit"
	"huike/member/event"
)

// memberEvents takes events by hand and looks after those that were refused.
type memberEvents struct {
	Import eventsImport `cmd:"" help:"Take the events of a CSV file, each once, with their tags and audit rows; the same file may be imported again."`
	Dead   eventsDead   `cmd:"" help:"List the events that could not be used, with their reasons."`
	Retry  eventsRetry  `cmd:"" help:"Take events that were refused again, once what was wrong is put right."`
	Drop   eventsDrop   `cmd:"" help:"Forget events that were refused."`
}

// eventInbox is an inbox of the store, for one command.
type eventInbox struct {
	EventKinds string `help:"YAML file with the shop's own kinds of events and their fields." env:"HUIKE_EVENT_KINDS" placeholder:"FILE" type:"path"`
	tagKeeper
}

// with opens the inbox, has its audit rows written while do runs, and closes it.
func (c *eventInbox) with(ctx context.Context, do func(*event.Inbox) error) error {
	own, err := event.ReadKinds(c.EventKinds)
	if err != nil {
		return err
	}
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	trail := audit.New(s, nil)
	trailing, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	rows := errgroup.Group{}
	rows.Go(func() error { return trail.Run(trailing) })
	err = do(event.New(s, event.Config{Own: own, Tags: k, Trail: trail}))
	end()
	return errors.Join(err, rows.Wait())
}

// eventsImport reads a file of events.
type eventsImport struct {
	File    string `arg:"" help:"CSV file in UTF-8 whose first line names its columns: id, type, subject (phone:…, card:…, openid:…, or a member's id), time (RFC 3339), and fields of the kinds such as order, total, items (JSON), product, store, zone, seconds, rating, code." type:"existingfile"`
	Source  string `help:"Who tells the events; an id counts once for each source. Default: /csv/ and the file's name." placeholder:"NAME"`
	Refused string `help:"CSV file to write the refused rows to: line, id, reason. Default: the first twenty are shown." placeholder:"FILE" type:"path"`
	JSON    bool   `help:"Print the counts as a JSON object."`
	eventInbox
}

const shownRefused = 20 // rows

// Run imports the file.
func (c *eventsImport) Run(ctx context.Context, to streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if c.Source == "" {
		c.Source = "/csv/" + strings.Join(strings.Fields(filepath.Base(c.File)), "_")
	}
	list, err := newRefusals(c.Refused, to)
	if err != nil {
		return err
	}
	progress := newBar(to.notes, "rows")
	var done event.Report
	err = c.with(ctx, func(in *event.Inbox) (err error) {
		done, err = in.ImportCSV(ctx, file, c.Source, list.add, func(r event.Report) {
			progress.at(r.Bytes, info.Size(), r.Rows, fmt.Sprintf("%d refused", r.Refused))
		})
		return err
	})
	progress.end()
	if err = errors.Join(err, list.close()); err != nil {
		return fmt.Errorf("%s: %w (%d rows were read, %d taken)", c.File, err, done.Rows, done.Accepted)
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(done)
	}
	fmt.Fprintf(to.out, "%d rows: %d taken, %d known before, %d refused\n", done.Rows, done.Accepted, done.Duplicate, done.Refused)
	if done.Refused > 0 {
		fmt.Fprintln(to.out, "the refused ones are in the dead letters too: huike member events dead")
	}
	return nil
}

// refusals is the report of refused rows: a file, or the first on the screen.
type refusals struct {
	to    streams
	file  *os.File
	rows  *csv.Writer
	shown int
	err   error // of the file
}

func newRefusals(path string, to streams) (*refusals, error) {
	r := &refusals{to: to}
	if path == "" {
		return r, nil
	}
	var err error
	if r.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err != nil {
		return nil, err
	}
	r.rows = csv.NewWriter(r.file)
	r.err = r.rows.Write([]string{"line", "id", "reason"})
	return r, nil
}

func (r *refusals) add(row event.Row) {
	if r.rows != nil {
		r.err = errors.Join(r.err, r.rows.Write([]string{strconv.Itoa(row.Line), row.ID, row.Reason}))
		return
	}
	if r.shown++; r.shown <= shownRefused {
		fmt.Fprintf(r.to.notes, "line %d (%s): %s\n", row.Line, row.ID, row.Reason)
	}
}

func (r *refusals) close() error {
	if r.rows == nil {
		return nil
	}
	r.rows.Flush()
	return errors.Join(r.err, r.rows.Error(), r.file.Close())
}

// eventsDead lists dead letters.
type eventsDead struct {
	After int64 `help:"Only those after this number."`
	Limit int   `help:"How many at most." default:"100"`
	JSON  bool  `help:"Print a JSON object for each."`
	memberStore
}

// Run lists. What the events said is not shown: it may be personal.
func (c *eventsDead) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	dead, err := event.New(s, event.Config{}).Dead(ctx, c.After, c.Limit)
	if err != nil {
		return err
	}
	for _, d := range dead {
		if c.JSON {
			if err := json.NewEncoder(to.out).Encode(d); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(to.out, "%d  %s  %s %s (%s): %s\n", d.Number, d.At.Format("2006-01-02 15:04:05"), d.Source, d.ID, d.Kind, d.Reason)
	}
	return nil
}

// eventsRetry takes dead letters again.
type eventsRetry struct {
	Numbers []int64 `arg:"" help:"Numbers of the list."`
	eventInbox
}

// Run takes each again and says what became of it.
func (c *eventsRetry) Run(ctx context.Context, to streams) error {
	return c.with(ctx, func(in *event.Inbox) error {
		for _, n := range c.Numbers {
			o, err := in.Retry(ctx, n)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return fmt.Errorf("%d: no dead letter has this number; see: huike member events dead", n)
			case err != nil:
				return err
			}
			fmt.Fprintf(to.out, "%d: %s %s\n", n, o.Status, o.Reason)
		}
		return nil
	})
}

// eventsDrop forgets dead letters.
type eventsDrop struct {
	Numbers []int64 `arg:"" help:"Numbers of the list."`
	memberStore
}

// Run forgets them.
func (c *eventsDrop) Run(ctx context.Context) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was dropped is committed
	in := event.New(s, event.Config{})
	for _, n := range c.Numbers {
		if err := in.Drop(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
