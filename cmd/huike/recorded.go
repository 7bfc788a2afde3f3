package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/wav"
	"huike/dialog"
	"huike/session"
	"huike/session/journal"
)

// Files of a recorded call's folder.
const (
	callFile   = "call.yaml"        // who calls and what they press; optional
	soundFile  = "caller.wav"       // the caller's sound
	keptFile   = "recording.wav"    // or a kept call's stereo recording, caller left
	expectFile = "expect.yaml"      // what must happen; optional
	diaryFile  = "journal.jsonl"    // of a kept call: what a language model answered in it
	tapeFile   = "recognised.jsonl" // the recogniser's recorded output; optional
)

// longestCall bounds a recorded call.
const longestCall = time.Hour

// recordedCall is a call.yaml. Lengths of time are Go's: 9.2s, 40ms.
type recordedCall struct {
	About   string        `yaml:"about"`
	Sound   string        `yaml:"sound"` // where the sound is from, and its licence
	Lang    dialog.Lang   `yaml:"lang"`
	As      string        `yaml:"as"`     // a demonstration member's phone number
	Day     string        `yaml:"day"`    // the shop's day, 2006-01-02
	Length  time.Duration `yaml:"length"` // the caller stays that long; silence follows the sound
	Network network       `yaml:"network"`
	// Words are what a recogniser would hear, one text for each pause of the
	// caller, for a language that has no recogniser here.
	Words []string `yaml:"words"`
	Says  []struct {
		At   time.Duration `yaml:"at"`
		Key  string        `yaml:"key"`
		Text string        `yaml:"text"`
	} `yaml:"says"`
}

// network is what the caller's packets go through on their way.
type network struct {
	Seed   uint64        `yaml:"seed"`
	Loss   float64       `yaml:"loss"`   // share of the packets that are lost, 0 to 1
	Jitter time.Duration `yaml:"jitter"` // each packet comes up to that much later
	Lost   []span        `yaml:"lost"`   // all packets sent in these times are lost
	Held   []span        `yaml:"held"`   // they all come at the end of the time
}

// span is a stretch of call time.
type span struct {
	From time.Duration `yaml:"from"`
	To   time.Duration `yaml:"to"`
}

func (s span) has(at time.Duration) bool { return s.From <= at && at < s.To }

// readCall reads and checks the call.yaml of a folder.
func readCall(dir string) (recordedCall, error) {
	call := recordedCall{Lang: dialog.English, Day: "2026-03-02"}
	path := filepath.Join(dir, callFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return call, nil
	}
	if err != nil {
		return call, err
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := yaml.UnmarshalWithOptions(text, &call, yaml.Strict()); err != nil {
			return call, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))
		}
	}
	if err := call.check(); err != nil {
		return call, fmt.Errorf("%s: %w", path, err)
	}
	return call, nil
}

func (c *recordedCall) check() error {
	if c.Lang != dialog.English && c.Lang != dialog.Chinese {
		return fmt.Errorf("lang %q: want en or zh", c.Lang)
	}
	if _, err := time.Parse(time.DateOnly, c.Day); err != nil {
		return fmt.Errorf("day %q: want a date, such as 2026-03-02", c.Day)
	}
	if c.Length < 0 || c.Length > longestCall {
		return fmt.Errorf("length %v: want up to %v, such as 40s", c.Length, longestCall)
	}
	for i, say := range c.Says {
		if (say.Key == "") == (say.Text == "") || say.At < 0 {
			return fmt.Errorf("says, entry %d: want a time, and a key or a text", i+1)
		}
	}
	return c.Network.check()
}

func (n *network) check() error {
	if !(n.Loss >= 0 && n.Loss <= 1) {
		return fmt.Errorf("network: loss %v: want a share from 0 to 1", n.Loss)
	}
	if n.Jitter < 0 || n.Jitter > time.Minute {
		return fmt.Errorf("network: jitter %v: want a time such as 40ms", n.Jitter)
	}
	for _, s := range append(slices.Clone(n.Lost), n.Held...) {
		if s.From < 0 || s.To <= s.From {
			return fmt.Errorf("network: from %v to %v is no stretch of time", s.From, s.To)
		}
	}
	return nil
}

// carry takes packets through the network: the same ones are lost and late each
// time.
func (n *network) carry(sent []session.Arrival) []session.Arrival {
	random := rand.New(rand.NewPCG(n.Seed, 0)) //nolint:gosec // must come out the same each time
	arrived := sent[:0]
	for _, a := range sent {
		lost := random.Float64() < n.Loss
		delay := time.Duration(random.Float64() * float64(n.Jitter))
		for _, s := range n.Lost {
			lost = lost || s.has(a.At)
		}
		for _, s := range n.Held {
			if s.has(a.At) {
				delay = s.To - a.At
			}
		}
		if !lost {
			a.At += delay
			arrived = append(arrived, a)
		}
	}
	slices.SortStableFunc(arrived, func(a, b session.Arrival) int { return cmp.Compare(a.At, b.At) })
	return arrived
}

// recording is the call with its sound, as it reaches the session.
func (c *recordedCall) recording(ctx context.Context, keys *callKeys, dir, name string) (session.Recording, error) {
	day, err := time.Parse(time.DateOnly, c.Day)
	if err != nil {
		return session.Recording{}, err
	}
	sound := filepath.Join(dir, soundFile)
	if _, err := os.Stat(sound); err != nil {
		sound = filepath.Join(dir, keptFile)
	}
	if _, err := os.Stat(sound); err != nil {
		return session.Recording{}, fmt.Errorf("%s holds no call: neither %s nor %s is in it", dir, soundFile, keptFile)
	}
	file, err := keys.file(ctx, sound)
	if err != nil {
		return session.Recording{}, err
	}
	channels, err := wav.Read(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return session.Recording{}, fmt.Errorf("%s: %w", sound, err)
	}
	pcm := channels[0]
	if missing := audio.Samples(c.Length, audio.Rate) - len(pcm); missing > 0 {
		pcm = append(pcm, make([]int16, missing)...)
	}
	rec := session.Recording{
		Caller:  session.Caller{Call: name, Lang: c.Lang, As: c.As, Day: day},
		Packets: c.Network.carry(session.Paced(pcm)), Length: audio.Duration(len(pcm), audio.Rate),
	}
	for _, say := range c.Says {
		message, err := json.Marshal(journal.Event{Type: sayType(say.Key), Key: say.Key, Text: say.Text})
		if err != nil {
			return session.Recording{}, err
		}
		rec.Messages = append(rec.Messages, session.Said{At: say.At, Text: string(message)})
	}
	slices.SortStableFunc(rec.Messages, func(a, b session.Said) int { return cmp.Compare(a.At, b.At) })
	return rec, nil
}

func sayType(key string) journal.Type {
	if key != "" {
		return journal.TypeKey
	}
	return journal.TypeText
}

// script is a recogniser that hears the words of a call.yaml, in their order.
type script struct {
	words []string
	next  int
}

// syllable is about how long a Chinese character sounds.
const syllable = 250 * time.Millisecond

// Recognize returns the next words, or as many of them as have been said while
// the caller still speaks.
func (s *script) Recognize(_ context.Context, speech []int16, hint asr.Hint) (asr.Result, error) {
	if s.next >= len(s.words) {
		return asr.Result{}, errors.New("more was said than the words in call.yaml")
	}
	text := s.words[s.next]
	if hint.Partial {
		said := []rune(text)
		n := int(audio.Duration(len(speech), audio.Rate) / syllable)
		return asr.Result{Text: string(said[:min(n, len(said))]), Confidence: 1}, nil
	}
	s.next++
	return asr.Result{Text: text, Final: true, Confidence: 1}, nil
}
