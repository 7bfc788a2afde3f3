// Package rttm reads who speaks when, as RTTM files of the NIST Rich Transcription
// evaluations say it, and tells how well a voice detector agrees with them. It hears
// nothing itself.
package rttm

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Span is a stretch of time, from From to before To.
type Span struct{ From, To time.Duration }

// Segment is one line of an RTTM file: somebody speaks.
type Segment struct {
	File    string // the recording's name, without its ending
	Channel string
	Speaker string
	Span
}

// ErrFormat is the error, wrapped, of a line that is no RTTM.
var ErrFormat = errors.New("no RTTM")

// most bounds the times of a file: no recording lasts longer than a day.
const most = 24 * time.Hour

// Parse returns the SPEAKER lines of an RTTM file, in their order. Lines of other
// types, empty ones and comments (;;) are passed over.
func Parse(r io.Reader) ([]Segment, error) {
	var segments []Segment
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0] != "SPEAKER" {
			if len(fields) > 0 && !strings.HasPrefix(fields[0], ";") && len(fields) < 5 {
				return nil, fmt.Errorf("line %d: %w: want SPEAKER FILE CHANNEL START LENGTH <NA> <NA> NAME, times in seconds", n, ErrFormat)
			}
			continue
		}
		if len(fields) < 8 {
			return nil, fmt.Errorf("line %d: %w: %d fields, want at least 8", n, ErrFormat, len(fields))
		}
		from, err := seconds(fields[3])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: start %q", n, ErrFormat, fields[3])
		}
		length, err := seconds(fields[4])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: length %q", n, ErrFormat, fields[4])
		}
		segments = append(segments, Segment{
			File: fields[1], Channel: fields[2], Speaker: fields[7], Span: Span{from, from + length},
		})
	}
	return segments, lines.Err()
}

func seconds(text string) (time.Duration, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= most.Seconds()) {
		return 0, ErrFormat
	}
	return time.Duration(v*1e6+0.5) * time.Microsecond, nil
}

// Union returns when anybody speaks: spans in order that do not touch.
func Union(segments []Segment) []Span {
	spans := make([]Span, 0, len(segments))
	for _, s := range segments {
		if s.To > s.From {
			spans = append(spans, s.Span)
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
