package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/knowledge"
	"huike/session/journal"
)

func (c *knowledgeFolder) path(number int) string {
	return filepath.Join(c.Data, "knowledge", fmt.Sprintf("%05d.json", number))
}

// numbers are those of the versions, in order.
func (c *knowledgeFolder) numbers() ([]int, error) {
	names, err := filepath.Glob(filepath.Join(c.Data, "knowledge", "[0-9]*.json"))
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.json", &n); err == nil && c.path(n) == name {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// latestKnowledge is the number of the newest version in data, 0 where there is none.
func latestKnowledge(data string) int {
	numbers, err := (&knowledgeFolder{Data: data}).numbers()
	if err != nil || len(numbers) == 0 {
		return 0
	}
	return numbers[len(numbers)-1]
}

func (c *knowledgeFolder) version(number int) (knowledge.Version, error) {
	data, err := os.ReadFile(c.path(number))
	if errors.Is(err, fs.ErrNotExist) {
		return knowledge.Version{}, fmt.Errorf("version %d: there is none in %s; see huike knowledge list", number, filepath.Dir(c.path(number)))
	}
	if err != nil {
		return knowledge.Version{}, err
	}
	v, err := knowledge.DecodeVersion(data)
	if err != nil {
		return knowledge.Version{}, fmt.Errorf("%s: %w", c.path(number), err)
	}
	return v, nil
}

func (c *knowledgeFolder) versions() ([]knowledge.Version, error) {
	numbers, err := c.numbers()
	if err != nil {
		return nil, err
	}
	all := make([]knowledge.Version, len(numbers))
	for i, n := range numbers {
		if all[i], err = c.version(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// entries are those in use: the newest version's, or else those that came with the
// shop's flows.
func (c *knowledgeFolder) entries() ([]knowledge.Entry, error) {
	numbers, err := c.numbers()
	if err != nil {
		return nil, err
	}
	if len(numbers) > 0 {
		v, err := c.version(numbers[len(numbers)-1])
		return v.Entries, err
	}
	var files fs.FS = flow.Shop
	at := "shop"
	if c.Shop != "" {
		files, at = os.DirFS(c.Shop), "."
	}
	file, err := files.Open(path.Join(at, "knowledge.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	entries, _, err := knowledge.ReadJSON(file)
	return entries, err
}

// write keeps entries as the next version, whole or not at all; of two at a time one
// is refused.
func (c *knowledgeFolder) write(entries []knowledge.Entry, by, from string, out io.Writer) error {
	definition, _, err := loadShop(c.Shop)
	if err != nil {
		return err
	}
	for i := range entries {
		if e := &entries[i]; e.Flow != "" && !definition.HasFlow(e.Flow) {
			return fmt.Errorf("entry %q: flow %q: the shop has no such flow", e.ID, e.Flow)
		}
	}
	numbers, err := c.numbers()
	if err != nil {
		return err
	}
	v := knowledge.Version{Number: 1, Author: author(by), At: time.Now(), From: from, Entries: entries}
	if len(numbers) > 0 {
		v.Number = numbers[len(numbers)-1] + 1
	}
	data, err := v.Encode()
	if err != nil {
		return err
	}
	name := c.path(v.Number)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	whole := fmt.Sprintf("%s.%d.new", name, os.Getpid())
	if err := os.WriteFile(whole, data, 0o600); err != nil {
		return err
	}
	err = os.Link(whole, name) // other than a rename it replaces nothing
	if err := errors.Join(err, os.Remove(whole)); err != nil {
		return err
	}
	fmt.Fprintf(out, "version %d: %d entries\n", v.Number, len(entries))
	return nil
}

// turnSaid is what a caller said that was not answered, masked.
type turnSaid struct {
	text string
	lang dialog.Lang
}

// unanswered is what was not understood or not answered in the calls that are kept in a
// data folder; none where no call is kept.
func (k *callKeys) unanswered(ctx context.Context, data string) ([]turnSaid, error) {
	calls, done, err := k.calls(ctx, data)
	if err != nil {
		return nil, err
	}
	said, _ := new(saidCache).turns(calls, slog.Default())
	return said, done()
}

// unansweredOf is what one call's caller said before the agent had no answer.
func unansweredOf(events []journal.Event) []turnSaid {
	var all []turnSaid
	var last turnSaid
	events = journal.Whole(events)
	for i := range events {
		switch e := &events[i]; e.Type {
		case journal.TypeStarted, journal.TypeLang:
			last.lang = e.Lang
		case journal.TypeText:
			last.text = e.Text
		case journal.TypeCaption:
			if e.Party == dialog.Caller && e.Final {
				last.text = e.Text
			}
		case journal.TypeAct:
			if e.Act == nil || last.text == "" {
				continue
			}
			if a := e.Act.Name; strings.HasPrefix(a, "no_match.") || a == "steer" || a == "cannot_help" {
				all = append(all, turnSaid{knowledge.Masked(last.text), last.lang})
				last.text = ""
			}
		default:
		}
	}
	return all
}

// answeredOf counts what base answers.
func answeredOf(base *knowledge.Base, said []turnSaid) int {
	n := 0
	for _, s := range said {
		if _, ok := base.Find(s.text, s.lang, ""); ok {
			n++
		}
	}
	return n
}
