package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/knowledge"
)

// knowledgeCommand keeps the shop's questions and answers.
type knowledgeCommand struct {
	Import     knowledgeImport     `cmd:"" help:"Make a new version of the questions and answers from a file; a running server takes it for the next call."`
	Approve    knowledgeApprove    `cmd:"" help:"Add one question and its answer, or a further phrasing of one; prints how many kept calls' unanswered questions are answered before and after."`
	List       knowledgeList       `cmd:"" help:"Print the versions, or the entries of one."`
	Rollback   knowledgeRollback   `cmd:"" help:"Make an earlier version the one in use, as a new version."`
	Try        knowledgeTry        `cmd:"" help:"Print what a question finds, with scores."`
	Unanswered knowledgeUnanswered `cmd:"" help:"Print what callers of the kept calls said that was not understood or answered, alike together, masked."`
}

// knowledgeFolder is where the versions are.
type knowledgeFolder struct {
	Data string `help:"Folder of the data." default:"var" env:"HUIKE_DATA" type:"path"`
	Shop string `help:"Folder with the shop's flows, wording and names; default: the demonstration shop." type:"existingdir" placeholder:"DIR"`
}

// knowledgeImport reads a file.
type knowledgeImport struct {
	File   string `arg:"" help:"A CSV file whose first line names its columns (question, phrasings divided by |, answer or answer_zh and answer_en, lang, valid_until, flow, id; or 问题, 相似问, 答案 …), or a .json array of the same." type:"existingfile"`
	Add    bool   `help:"Add to what is in use, or change it where the id or the question is the same; otherwise the file replaces it."`
	Skip   bool   `help:"Import the other rows where some are refused."`
	Author string `help:"Who does; default: the user of this machine." placeholder:"NAME"`
	knowledgeFolder
}

// Run makes a version of a file's entries, or none where a row is refused.
func (c *knowledgeImport) Run(to streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	read := knowledge.ReadCSV
	if strings.EqualFold(filepath.Ext(c.File), ".json") {
		read = knowledge.ReadJSON
	}
	entries, refused, err := read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	for _, r := range refused {
		fmt.Fprintf(to.notes, "%s: %v\n", c.File, r)
	}
	if len(refused) > 0 && !c.Skip {
		return fmt.Errorf("%s: %d rows refused, nothing imported; correct them, or leave them out with --skip", c.File, len(refused))
	}
	if c.Add {
		now, err := c.entries()
		if err != nil {
			return err
		}
		entries = knowledge.Merge(now, entries)
	}
	return c.write(entries, c.Author, filepath.Base(c.File), to.out)
}

type knowledgeApprove struct {
	Question string `arg:"" help:"The question, as callers ask it."`
	ZH       string `name:"zh" help:"Answer in Chinese." placeholder:"TEXT"`
	EN       string `name:"en" help:"Answer in English." placeholder:"TEXT"`
	Like     string `help:"The question is another phrasing of this entry." placeholder:"ID"`
	Flow     string `help:"Flow that goes on after the answer, or in its place." placeholder:"NAME"`
	Author   string `help:"Who does; default: the user of this machine." placeholder:"NAME"`
	knowledgeFolder
	callKeys
}

// Run adds the entry and prints the match rate before and after.
func (c *knowledgeApprove) Run(ctx context.Context, to streams) error {
	now, err := c.entries()
	if err != nil {
		return err
	}
	changed, err := c.change(now)
	if err != nil {
		return err
	}
	said, err := c.unanswered(ctx, c.Data)
	if err != nil {
		return err
	}
	entries := knowledge.Merge(now, changed)
	if err := c.write(entries, c.Author, "approved", to.out); err != nil {
		return err
	}
	before, after := answeredOf(knowledge.New(now), said), answeredOf(knowledge.New(entries), said)
	fmt.Fprintf(to.out, "of %d unanswered questions in kept calls %d were answered before, %d are now\n", len(said), before, after)
	return nil
}

// change is the entry to be added, or the one changed.
func (c *knowledgeApprove) change(now []knowledge.Entry) ([]knowledge.Entry, error) {
	if c.Like != "" {
		for _, e := range now {
			if e.ID == c.Like {
				e.Phrasings = append(slices.Clip(e.Phrasings), c.Question)
				return []knowledge.Entry{e}, nil
			}
		}
		return nil, fmt.Errorf("--like %q: no entry has this id; see huike knowledge list --entries", c.Like)
	}
	answer := map[dialog.Lang]string{}
	for lang, text := range map[dialog.Lang]string{dialog.Chinese: c.ZH, dialog.English: c.EN} {
		if text != "" {
			answer[lang] = text
		}
	}
	data, err := json.Marshal([]knowledge.Entry{{Question: c.Question, Answer: answer, Flow: c.Flow}})
	if err != nil {
		return nil, err
	}
	entries, refused, err := knowledge.ReadJSON(strings.NewReader(string(data)))
	if len(refused) > 0 {
		return nil, fmt.Errorf("%s: give --zh or --en, --flow, or --like", refused[0].What)
	}
	return entries, err
}

type knowledgeList struct {
	Version int  `arg:"" optional:"" help:"Print the entries of this version."`
	Entries bool `help:"Print the entries in use."`
	JSON    bool `help:"Print JSON."`
	knowledgeFolder
}

// Run prints versions, newest last, or entries.
func (c *knowledgeList) Run(to streams) error {
	versions, err := c.versions()
	if err != nil {
		return err
	}
	if c.Version > 0 || c.Entries {
		entries, err := c.entries()
		if c.Version > 0 {
			var v knowledge.Version
			v, err = c.version(c.Version)
			entries = v.Entries
		}
		if err != nil {
			return err
		}
		return printEntries(to.out, entries, c.JSON)
	}
	if c.JSON {
		for i := range versions {
			versions[i].Entries = nil
		}
		return json.NewEncoder(to.out).Encode(versions)
	}
	if len(versions) == 0 {
		fmt.Fprintln(to.out, "no versions: the shop's own knowledge.json is in use; huike knowledge import makes the first")
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	for _, v := range versions {
		fmt.Fprintf(table, "%d\t%s\t%s\t%.12s\t%d entries\t%s\n", v.Number, v.At.Format(time.DateTime), v.Author, v.Hash, len(v.Entries), v.From)
	}
	return table.Flush()
}

func printEntries(out io.Writer, entries []knowledge.Entry, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(entries)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(table, "%s\t%s\t%d phrasings\t%s\n", e.ID, e.Question, len(e.Phrasings), cmp.Or(e.Answer[dialog.Chinese], e.Answer[dialog.English], "flow "+e.Flow))
	}
	return table.Flush()
}

type knowledgeRollback struct {
	Version int    `arg:"" help:"The version to go back to."`
	Author  string `help:"Who does; default: the user of this machine." placeholder:"NAME"`
	knowledgeFolder
}

// Run writes the entries of an earlier version as a new one.
func (c *knowledgeRollback) Run(to streams) error {
	v, err := c.version(c.Version)
	if err != nil {
		return err
	}
	return c.write(v.Entries, c.Author, fmt.Sprintf("rollback to %d", v.Number), to.out)
}

type knowledgeTry struct {
	Question string `arg:"" help:"What a caller says."`
	Lang     string `help:"Language of the call." enum:"en,zh" default:"en"`
	JSON     bool   `help:"Print JSON."`
	knowledgeFolder
}

// Run prints the three nearest entries; the first is the answer from the threshold on.
func (c *knowledgeTry) Run(to streams) error {
	entries, err := c.entries()
	if err != nil {
		return err
	}
	hits := knowledge.New(entries).Search(c.Question, dialog.Lang(c.Lang), time.Now().Format(time.DateOnly), 3)
	if c.JSON {
		return json.NewEncoder(to.out).Encode(hits)
	}
	if len(hits) == 0 || hits[0].Score < knowledge.Threshold {
		fmt.Fprintf(to.out, "not answered: nothing reaches %.2f\n", knowledge.Threshold)
	}
	for _, h := range hits {
		fmt.Fprintf(to.out, "%.2f  %s  (%s)  %s\n", h.Score, h.Entry.ID, h.Near, h.Entry.Answer[dialog.Lang(c.Lang)])
	}
	return nil
}

// author is who does, as told or as this machine knows.
func author(told string) string {
	if me, err := user.Current(); told == "" && err == nil {
		return me.Username
	}
	return told
}

// openKnowledge gives the flows the newest version of what the shop knows; without
// one they keep what came with them.
func openKnowledge(definition *flow.Definition, data string) (*flow.Definition, error) {
	c := knowledgeFolder{Data: data}
	numbers, err := c.numbers()
	if err != nil || len(numbers) == 0 {
		return definition, err
	}
	v, err := c.version(numbers[len(numbers)-1])
	if err != nil {
		return nil, err
	}
	if definition, err = definition.WithExamples(leading(v.Entries)); err != nil {
		return nil, err
	}
	return definition.WithAnswers(knowledge.New(v.Entries)), nil
}

// leading are the sentences of the entries that only lead to a flow, by its name.
func leading(entries []knowledge.Entry) map[string][]string {
	out := map[string][]string{}
	for _, e := range entries {
		if e.Flow != "" && len(e.Answer) == 0 {
			out[e.Flow] = append(append(out[e.Flow], e.Question), e.Phrasings...)
		}
	}
	return out
}

type knowledgeUnanswered struct {
	Most int  `help:"How many to print." default:"20"`
	JSON bool `help:"Print JSON."`
	knowledgeFolder
	callKeys
}

// Run prints clusters, the commonest first, with whether the version in use answers
// them by now.
func (c *knowledgeUnanswered) Run(ctx context.Context, to streams) error {
	said, err := c.unanswered(ctx, c.Data)
	if err != nil {
		return err
	}
	entries, err := c.entries()
	if err != nil {
		return err
	}
	var all knowledge.Unanswered
	for _, s := range said {
		all.Add(s.text)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	clusters := all.Clusters()
	clusters = clusters[:min(c.Most, len(clusters))]
	answered := answeredOf(knowledge.New(entries), said)
	if c.JSON {
		return json.NewEncoder(to.out).Encode(map[string]any{"n": len(said), "answered_now": answered, "clusters": clusters})
	}
	fmt.Fprintf(to.out, "%d not answered in kept calls; the version in use would answer %d of them\n", len(said), answered)
	for _, k := range clusters {
		fmt.Fprintf(to.out, "%4d  %s\n", k.Count, strings.Join(k.Examples, " / "))
	}
	return nil
}
