package knowledge

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huike/dialog"
)

// Refusal is a row of a file that is no entry, and why.
type Refusal struct { //nolint:errname // it is a row that is refused, which is also an error
	Line int    // from 1
	What string // the column, its value, and what it should be
}

// Error is "line 3: valid_until "May": want a day as 2006-01-02".
func (r Refusal) Error() string { return fmt.Sprintf("line %d: %s", r.Line, r.What) }

// The bounds of what is read: a base is a shop's, and an answer is spoken.
const (
	maxBytes     = 64 << 20
	maxEntries   = 100_000
	maxPhrasings = 1000
	maxText      = 2000 // characters
	divider      = "|"  // between the phrasings in one field of a CSV file
)

// column is what a column of a CSV file is that shops call name; empty: none of ours.
func column(name string) string {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "id", "编号":
		return "id"
	case "question", "title", "问题", "标准问", "标准问题":
		return "question"
	case "phrasings", "similar", "相似问", "相似问法", "扩展问", "其他问法":
		return "phrasings"
	case "answer", "答案", "回答":
		return "answer"
	case "answer_zh", "中文答案":
		return "answer_zh"
	case "answer_en", "英文答案":
		return "answer_en"
	case "lang", "language", "语言":
		return "lang"
	case "valid_until", "有效期", "有效期至":
		return "valid_until"
	case "flow", "流程":
		return "flow"
	}
	return ""
}

// ReadCSV reads entries from a CSV file in UTF-8 or, as spreadsheets in China write
// it, in GB 18030. Its first line names the columns: question, and any of id,
// phrasings (divided by |), answer (in the question's language), answer_zh,
// answer_en, lang (zh or en), valid_until (2006-01-02) and flow, or their Chinese
// names; others are passed over. Rows that are no entry are refused, each by its
// line. The error is of a file that cannot be read at all.
func ReadCSV(r io.Reader) ([]Entry, []Refusal, error) {
	data, err := limited(r)
	if err != nil {
		return nil, nil, err
	}
	rows := csv.NewReader(bytes.NewReader(data))
	rows.FieldsPerRecord = -1
	head, err := rows.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("knowledge: first line, which names the columns: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		if name := column(name); name != "" {
			at[name] = i
		}
	}
	if _, ok := at["question"]; !ok {
		return nil, nil, fmt.Errorf("knowledge: line 1: no column %q among %q; name the columns there", "question", head)
	}
	var g gatherer
	for {
		row, err := rows.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return g.entries, g.refused, nil
		case errors.As(err, &bad):
			g.refuse(bad.StartLine, bad.Err.Error())
			continue
		case err != nil:
			return nil, nil, fmt.Errorf("knowledge: %w", err)
		}
		line, _ := rows.FieldPos(0)
		if len(row) != len(head) {
			g.refuse(line, fmt.Sprintf("%d fields: want %d, as the first line has", len(row), len(head)))
			continue
		}
		field := func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		g.add(line, fromFields(field))
	}
}

func fromFields(field func(string) string) Entry {
	e := Entry{
		ID: field("id"), Question: field("question"), Lang: dialog.Lang(field("lang")), Until: field("valid_until"), Flow: field("flow"),
		Answer: map[dialog.Lang]string{},
	}
	for text := range strings.SplitSeq(field("phrasings"), divider) {
		if text = strings.TrimSpace(text); text != "" {
			e.Phrasings = append(e.Phrasings, text)
		}
	}
	if answer := field("answer"); answer != "" {
		e.Answer[written(e.Lang, e.Question)] = answer
	}
	for name, lang := range map[string]dialog.Lang{"answer_zh": dialog.Chinese, "answer_en": dialog.English} {
		if answer := field(name); answer != "" {
			e.Answer[lang] = answer
		}
	}
	return e
}

// written is the language given, or else the one that text is written in.
func written(given dialog.Lang, text string) dialog.Lang {
	switch {
	case given != "":
		return given
	case slices.ContainsFunc(split(text), han):
		return dialog.Chinese
	}
	return dialog.English
}

// ReadJSON reads entries from a JSON array of objects with the fields of [Entry].
// Objects that are no entry are refused, each by the line on which it ends; a file
// that is no such array is an error, which names the line.
func ReadJSON(r io.Reader) ([]Entry, []Refusal, error) {
	data, err := limited(r)
	if err != nil {
		return nil, nil, err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	line := func() int { return 1 + bytes.Count(data[:min(int(in.InputOffset()), len(data))], []byte{'\n'}) }
	if first, err := in.Token(); err != nil || first != json.Delim('[') {
		return nil, nil, fmt.Errorf("knowledge: line %d: want a JSON array of entries: [{\"question\": …}]", line())
	}
	var g gatherer
	for in.More() {
		var raw json.RawMessage
		if err := in.Decode(&raw); err != nil {
			return nil, nil, fmt.Errorf("knowledge: line %d: %w", line(), err)
		}
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		var e Entry
		if err := strict.Decode(&e); err != nil {
			g.refuse(line(), strings.TrimPrefix(err.Error(), "json: "))
			continue
		}
		g.add(line(), e)
	}
	if _, err := in.Token(); err != nil {
		return nil, nil, fmt.Errorf("knowledge: line %d: %w", line(), err)
	}
	return g.entries, g.refused, nil
}

// limited reads all of r as UTF-8 without a byte order mark.
func limited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("knowledge: more than %d MB; divide the file", maxBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		if data, err = simplifiedchinese.GB18030.NewDecoder().Bytes(data); err != nil || bytes.ContainsRune(data, utf8.RuneError) {
			return nil, errors.New("knowledge: the file is neither UTF-8 nor GB 18030; save it as UTF-8")
		}
	}
	return data, nil
}

// gatherer checks entries one by one.
type gatherer struct {
	entries []Entry
	refused []Refusal
	ids     map[string]int // line by ID
	asked   map[string]int // line by question
}

func (g *gatherer) refuse(line int, what string) { g.refused = append(g.refused, Refusal{line, what}) }

func (g *gatherer) add(line int, e Entry) {
	if g.ids == nil {
		g.ids, g.asked = map[string]int{}, map[string]int{}
	}
	if what := e.wrong(); what != "" {
		g.refuse(line, what)
		return
	}
	key := e.key()
	if e.ID == "" {
		e.ID = fmt.Sprintf("q%012x", hash(offset64, key)&(1<<48-1))
	}
	switch first, again := g.asked[key]; {
	case again:
		g.refuse(line, fmt.Sprintf("question %q: it stands in line %d already; make it one entry", e.Question, first))
		return
	case g.ids[e.ID] > 0:
		g.refuse(line, fmt.Sprintf("id %q: line %d has it already", e.ID, g.ids[e.ID]))
		return
	case len(g.entries) == maxEntries:
		g.refuse(line, fmt.Sprintf("more than %d entries", maxEntries))
		return
	}
	g.ids[e.ID], g.asked[key] = line, line
	g.entries = append(g.entries, e)
}

// key is the same for two ways to write the same question.
func (e *Entry) key() string { return strings.Join(split(e.Question), " ") + "/" + string(e.Lang) }

// wrong says what makes e no entry, or nothing.
func (e *Entry) wrong() string {
	switch {
	case len(split(e.Question)) == 0:
		return fmt.Sprintf("question %q: want words", e.Question)
	case e.Lang != "" && e.Lang != dialog.Chinese && e.Lang != dialog.English:
		return fmt.Sprintf("lang %q: want zh, en or nothing", e.Lang)
	case len(e.Phrasings) > maxPhrasings:
		return fmt.Sprintf("%d phrasings: want %d at most", len(e.Phrasings), maxPhrasings)
	case len(e.Answer) == 0 && e.Flow == "":
		return "no answer and no flow: want one of them"
	case e.Lang != "" && len(e.Answer) > 0 && e.Answer[e.Lang] == "":
		return fmt.Sprintf("lang %q: there is no answer in it", e.Lang)
	}
	if _, err := time.Parse(time.DateOnly, e.Until); e.Until != "" && err != nil {
		return fmt.Sprintf("valid_until %q: want a day as 2006-01-02", e.Until)
	}
	return e.wrongTexts()
}

// wrongTexts says what is wrong with the questions' and answers' own text.
func (e *Entry) wrongTexts() string {
	for _, text := range append([]string{e.Question}, e.Phrasings...) {
		if utf8.RuneCountInString(text) > maxText {
			return fmt.Sprintf("a question of %d characters: want %d at most", utf8.RuneCountInString(text), maxText)
		}
	}
	for lang, text := range e.Answer {
		switch {
		case lang != dialog.Chinese && lang != dialog.English:
			return fmt.Sprintf("answer in %q: want zh or en", lang)
		case strings.TrimSpace(text) == "":
			return fmt.Sprintf("answer in %q: it is empty", lang)
		case utf8.RuneCountInString(text) > maxText:
			return fmt.Sprintf("an answer of %d characters: want %d at most", utf8.RuneCountInString(text), maxText)
		}
	}
	return ""
}
