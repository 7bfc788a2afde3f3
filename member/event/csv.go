package event

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Report is how far an import of a file has come.
type Report struct {
	Rows      int   `json:"rows"` // read
	Accepted  int   `json:"accepted"`
	Duplicate int   `json:"duplicate"`
	Refused   int   `json:"refused"`
	Bytes     int64 `json:"bytes"` // of the file, read
}

// Row is a row of a file that was refused. It is in the dead letters too.
type Row struct {
	Line   int // of the file, from 1
	ID     string
	Reason string
}

// ImportCSV takes the events of a CSV file in UTF-8, whose first line names the columns:
// id, type, subject and time as in CloudEvents, and any fields of the kinds by their
// names; an empty cell is not told. An order with several items has a column items with
// their JSON. The source is that of all rows. refused is told of each row that is not
// taken, progress after each batch; either may be nil. A file that is no such CSV is an
// error that names the line; what stands before it is taken, and the file may be imported
// again once it is right.
func (in *Inbox) ImportCSV(ctx context.Context, r io.Reader, source string, refused func(Row), progress func(Report)) (Report, error) {
	file := csv.NewReader(r)
	file.ReuseRecord = true
	var done Report
	head, err := file.Read()
	if err != nil {
		return done, errors.New("line 1: want a line that names the columns id, type, subject, time and the fields")
	}
	names, err := columns(head)
	if err != nil {
		return done, err
	}
	var bodies [][]byte
	var lines []int
	flush := func() error {
		out, err := in.Take(ctx, bodies)
		done.tell(out, lines, refused)
		done.Bytes = file.InputOffset()
		bodies, lines = nil, nil
		if err == nil && progress != nil {
			progress(done)
		}
		return err
	}
	for {
		row, err := file.Read()
		if errors.Is(err, io.EOF) {
			return done, flush()
		}
		if err != nil {
			line := done.Rows + len(lines) + 2
			if parse, is := errors.AsType[*csv.ParseError](err); is {
				line = parse.Line
			}
			return done, errors.Join(flush(), fmt.Errorf("line %d: is no CSV with the first line's %d cells", line, len(names)))
		}
		line, _ := file.FieldPos(0)
		bodies, lines = append(bodies, in.rowBody(names, row, source)), append(lines, line)
		if len(bodies) == BatchEvents {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
}

func (r *Report) tell(out []Outcome, lines []int, refused func(Row)) {
	r.Rows += len(out)
	for i, o := range out {
		switch o.Status {
		case Accepted:
			r.Accepted++
		case Duplicate:
			r.Duplicate++
		case Refused:
			r.Refused++
			if refused != nil {
				refused(Row{lines[i], o.ID, o.Reason})
			}
		}
	}
}

func columns(head []string) ([]string, error) {
	names := make([]string, len(head))
	for i, name := range head {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if slices.Contains(names[:i], names[i]) {
			return nil, fmt.Errorf("line 1: column %d stands twice", i+1)
		}
	}
	for _, must := range [...]string{"id", "type", "subject", "time"} {
		if !slices.Contains(names, must) {
			return nil, fmt.Errorf("line 1: the column %s is missing", must)
		}
	}
	return names, nil
}

// rowBody makes the event that the row stands for; what is wrong in it is found where
// every event is read.
func (in *Inbox) rowBody(names, row []string, source string) []byte {
	event := map[string]any{"specversion": "1.0", "source": source}
	data := map[string]any{}
	for i, name := range names {
		cell := strings.ToValidUTF8(strings.TrimSpace(row[i]), "\x00") // a zero byte is refused, by the field's name
		if name == "id" || name == "type" || name == "subject" || name == "time" {
			event[name] = cell
		} else if cell != "" {
			data[name] = cell
		}
	}
	kind, _ := event["type"].(string)
	for name, field := range in.kinds[strings.TrimPrefix(kind, typePrefix)] {
		if cell, told := data[name].(string); told {
			data[name] = field.cell(cell)
		}
	}
	event["data"] = data
	body, err := json.Marshal(event)
	if err != nil {
		return nil // there is nothing in it that cannot be marshalled
	}
	return body
}

// cell turns a text into what the field holds, or leaves it to be refused as it is.
func (f Field) cell(text string) any {
	switch f.Type {
	case Whole, Number:
		if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case YesNo:
		if yes, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return yes
		}
	case List:
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case Text, Moment:
	}
	return text
}
