package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one event of a journal, in bytes: no event of huike's own
// comes near it.
const maxLine = 1 << 20

// maxEvents bounds a journal: a call of a day with ten events a second.
const maxEvents = 1 << 20

// ErrTooLong is returned for a journal that has more lines, or longer ones,
// than any call can have.
var ErrTooLong = errors.New("journal too long")

// Parse reads a journal. A last line that was not finished, because the process
// died in it, is passed over; any other line that is not an event is an error
// that names the line.
func Parse(r io.Reader) ([]Event, error) {
	var events []Event
	lines := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, whole, err := readLine(lines)
		if err != nil {
			return events, fmt.Errorf("journal line %d: %w", number, err)
		}
		if !whole {
			return events, nil
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(events) == maxEvents {
			return events, fmt.Errorf("journal line %d: %w", number, ErrTooLong)
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return events, fmt.Errorf("journal line %d: %w", number, err)
		}
		if e.Type == "" || e.At < 0 {
			return events, fmt.Errorf("journal line %d: an event needs a type and a call time from 0", number)
		}
		events = append(events, e)
	}
}

// readLine returns the next line without its end; whole is false when the
// journal ends before the line does.
func readLine(r *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], true, nil
		case errors.Is(err, io.EOF):
			return nil, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		case len(line) > maxLine:
			return nil, false, ErrTooLong
		}
	}
}
