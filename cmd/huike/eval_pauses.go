package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"huike/audio/rttm"
	"huike/dialog/turn"
	"huike/session/floor"
)

// How near to the end of a labelled turn a pause is its end.
const (
	endsBefore = 150 * time.Millisecond
	endsAfter  = 400 * time.Millisecond
)

// fitPauses fits the model of pauses to labelled recordings. An agent that waits for
// 1.5 s whatever was said is played to, so that every pause is met.
func (c *evalTurnsCommand) fitPauses(ctx context.Context, to streams, h *house, files []string, rttms map[string][]rttm.Segment) error {
	const patient = 1500 * time.Millisecond
	h.session.Turn.Complete, h.session.Turn.Endpoint, h.session.Turn.Listing, h.session.Turn.Incomplete = patient, patient, patient, patient
	h.session.Turn.Partial, h.session.Turn.Glance = longestCall, longestCall // pauses alone are recognised
	seen, err := c.openSeen()
	if err != nil {
		return err
	}
	defer seen.Close() //nolint:errcheck // what could not be written was told
	var all []turn.LabelledPause
	for i, file := range files {
		labels, err := labelsOf(file, rttms)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		h.session.Turn.Watch = func(p turn.Pause) {
			if over, ok := wasOver(labels, p.At); ok {
				all = append(all, turn.LabelledPause{Pause: p, Over: over, Weight: 1})
				_ = json.NewEncoder(seen).Encode(seenPause{p, over, leftOf(labels, p.At)}) // a full disk is told by Close
			}
		}
		if _, _, err := c.play(ctx, h, file, labels); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if i%10 == 9 {
			fmt.Fprintf(to.notes, "%d of %d recordings\n", i+1, len(files))
		}
	}
	model := turn.FitOver(all, c.Seed)
	right := 0
	for _, p := range all {
		if (model.Chance(&p.Pause) >= 0.5) == p.Over {
			right++
		}
	}
	fmt.Fprintf(to.out, "%s: right about %d of the %d pauses that it was fitted to\n", c.Pauses, right, len(all))
	return os.WriteFile(c.Pauses, []byte(model.String()), 0o644) //nolint:gosec // a model is for all to read
}

// wasOver tells whether a turn of the labels was over at time at; !ok when it is none of
// a turn's.
func wasOver(labels floor.Labels, at time.Duration) (over, ok bool) {
	for _, l := range labels.Labels {
		if l.Kind != floor.Turn && l.Kind != floor.Interruption || at <= l.From || at > l.To+endsAfter {
			continue
		}
		if at >= l.To-endsBefore {
			return true, l.Complete
		}
		return false, true
	}
	return false, false
}

// seenPause is a pause as --seen writes it.
type seenPause struct {
	turn.Pause
	Over  bool
	Until time.Duration // how long it is, or 0
}

// openSeen opens the file for the pauses, or one that takes anything.
func (c *evalTurnsCommand) openSeen() (*os.File, error) {
	if c.Seen == "" {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	return os.Create(c.Seen)
}

// leftOf returns how long the labelled pause at time at is, or 0.
func leftOf(labels floor.Labels, at time.Duration) time.Duration {
	for _, l := range labels.Labels {
		if l.Kind == floor.Pause && at > l.From-endsBefore && at < l.To {
			return l.To - at
		}
	}
	return 0
}
