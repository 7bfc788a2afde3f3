package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"huike/audio"
	"huike/audio/speaker"
)

// evalSpeakerCommand measures how well voices are told apart, and fits the model that
// stands in audio/speaker.
type evalSpeakerCommand struct {
	List  string        `arg:"" help:"Recordings of people: lines of file, speaker and group between tabs. One of a group is an impostor to the others of it, as recorded alike." type:"existingfile"`
	Fit   string        `help:"Fit a model on these recordings first (lines as above, other speakers); default: huike's own is measured." type:"existingfile" placeholder:"LIST"`
	Out   string        `help:"Write the model that was fitted here." type:"path" placeholder:"FILE"`
	Enrol time.Duration `help:"Sound that a voice is enrolled with: the first of each speaker's." default:"20s"`
	Take  time.Duration `help:"Sound that is compared with it: the rest, in pieces." default:"6s"`
	Seed  uint64        `help:"Seed of noise and of the fitting." default:"1"`
	JSON  bool          `help:"Print a JSON object."`
}

// voiceFigures is what evalSpeakerCommand prints.
type voiceFigures struct {
	Speakers int          `json:"speakers"`
	Lines    []voiceTrial `json:"lines"`
}

// voiceTrial is how one kind of trials came out.
type voiceTrial struct {
	Name      string  `json:"name"`
	Same      int     `json:"same"`
	Other     int     `json:"other"`
	EER       float64 `json:"eer"`
	Threshold float64 `json:"threshold"` // of equal errors
	Taken     float64 `json:"taken"`     // share of impostors over the model's own threshold
	Known     float64 `json:"known"`     // share of the speakers themselves over it
	Told      float64 `json:"told"`      // share of impostors under the threshold of another voice
	Wronged   float64 `json:"wronged"`   // share of the speakers themselves under it
}

// voiceRow is one recording.
type voiceRow struct {
	speaker, group string
	pcm            []int16
}

// Run fits a model, if asked to, and prints how often voices are taken for others.
func (c *evalSpeakerCommand) Run(ctx context.Context, to streams) error {
	rows, err := readVoices(c.List)
	if err != nil {
		return err
	}
	phone, err := newPhoneLine(&evalASRCommand{Telephone: true, SNR: 20, Seed: c.Seed})
	if err != nil {
		return err
	}
	m, err := c.model(phone, to)
	if err != nil {
		return err
	}
	out, err := c.trials(ctx, m, phone, rows)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%s: %d speakers, enrolled with %v, compared with %v each\n", m.Name(), out.Speakers, c.Enrol, c.Take)
	for _, l := range out.Lines {
		fmt.Fprintf(to.out, "  %-28s EER %4.1f %% at %.3f (%d of the same voice, %d of others)\n", l.Name, 100*l.EER, l.Threshold, l.Same, l.Other)
		fmt.Fprintf(to.out, "  %-28s a match for %.1f %% of the speakers and %.1f %% of impostors; another voice for %.1f and %.1f %%\n",
			"", 100*l.Known, 100*l.Taken, 100*l.Wronged, 100*l.Told)
	}
	return nil
}

func readVoices(path string) (rows []voiceRow, err error) {
	err = eachLine(path, 3, func(row []string) error {
		pcm, err := readSpeech(row[0])
		rows = append(rows, voiceRow{row[1], row[2], pcm})
		return err
	})
	return rows, err
}

// model is huike's own, or one that is fitted.
func (c *evalSpeakerCommand) model(phone *phoneLine, to streams) (*speaker.Model, error) {
	if c.Fit == "" {
		if c.Out != "" {
			return nil, errors.New("--out: name the recordings to fit on with --fit")
		}
		return speaker.Own()
	}
	rows, err := readVoices(c.Fit)
	if err != nil {
		return nil, err
	}
	var takes []speaker.Take
	for i, row := range rows {
		for n, piece := range pieces(row.pcm, c.Take) {
			takes = append(takes, speaker.Take{Speaker: row.speaker, PCM: piece})
			far, err := phone.over(piece, i*1000+n)
			if err != nil {
				return nil, err
			}
			takes = append(takes, speaker.Take{Speaker: row.speaker, PCM: far})
		}
	}
	fmt.Fprintf(to.notes, "fitting on %d pieces of %d recordings\n", len(takes), len(rows))
	m, err := speaker.Fit(takes, speaker.Config{Seed: c.Seed})
	if err != nil || c.Out == "" {
		return m, err
	}
	return m, os.WriteFile(c.Out, m.Bytes(), 0o644) //nolint:gosec // a model is for all to read
}

// pieces cuts sound into pieces of a length; a last one of half of it counts.
func pieces(pcm []int16, length time.Duration) (out [][]int16) {
	n := audio.Samples(length, audio.Rate)
	for ; len(pcm) >= n/2 && len(pcm) > 0; pcm = pcm[min(n, len(pcm)):] {
		out = append(out, pcm[:min(n, len(pcm))])
	}
	return out
}

// voiceTry is one score.
type voiceTry struct {
	score       float64
	same, alike bool // of one speaker; of one group
	far         bool // heard over a telephone
}

// enrolled makes a print of each speaker's first sound, and tells the speaker's group.
func enrolled(m *speaker.Model, rows []voiceRow, enrol int) (kept map[string]speaker.Print, group map[string]string, err error) {
	kept, group = map[string]speaker.Print{}, map[string]string{}
	for _, row := range rows {
		if _, there := kept[row.speaker]; there {
			continue
		}
		p, err := m.Embed(row.pcm[:min(enrol, len(row.pcm)/2)])
		if err != nil {
			return nil, nil, fmt.Errorf("speaker %s: %w", row.speaker, err)
		}
		kept[row.speaker], group[row.speaker] = p, row.group
	}
	return kept, group, nil
}

// trials enrols each speaker and compares all with what is left of everybody's sound.
func (c *evalSpeakerCommand) trials(ctx context.Context, m *speaker.Model, phone *phoneLine, rows []voiceRow) (voiceFigures, error) {
	enrol := audio.Samples(c.Enrol, audio.Rate)
	kept, group, err := enrolled(m, rows, enrol)
	if err != nil {
		return voiceFigures{}, err
	}
	var tries []voiceTry
	begun := map[string]bool{}
	for i, row := range rows {
		rest := row.pcm
		if !begun[row.speaker] {
			rest = rest[min(enrol, len(rest)/2):]
		}
		begun[row.speaker] = true
		for n, piece := range pieces(rest, c.Take) {
			if ctx.Err() != nil {
				return voiceFigures{}, ctx.Err()
			}
			some, err := c.compare(m, phone, row, piece, i*1000+n, kept, group)
			if err != nil {
				return voiceFigures{}, err
			}
			tries = append(tries, some...)
		}
	}
	out := voiceFigures{Speakers: len(kept)}
	for _, kind := range []struct {
		name string
		of   func(voiceTry) bool
	}{
		{"as recorded", func(t voiceTry) bool { return !t.far }},
		{"as recorded, alike", func(t voiceTry) bool { return !t.far && (t.same || t.alike) }},
		{"over a noisy telephone", func(t voiceTry) bool { return t.far }},
		{"over a noisy telephone, alike", func(t voiceTry) bool { return t.far && (t.same || t.alike) }},
	} {
		if l := judge(m, kind.name, tries, kind.of); l.Same > 0 && l.Other > 0 {
			out.Lines = append(out.Lines, l)
		}
	}
	return out, nil
}

// compare scores one piece, as it is and over the telephone, with everybody.
func (c *evalSpeakerCommand) compare(m *speaker.Model, phone *phoneLine, row voiceRow, piece []int16, seed int, kept map[string]speaker.Print, group map[string]string) ([]voiceTry, error) {
	far, err := phone.over(piece, seed)
	if err != nil {
		return nil, err
	}
	var tries []voiceTry
	for i, pcm := range [][]int16{piece, far} {
		p, err := m.Embed(pcm)
		if errors.Is(err, speaker.ErrShort) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for name, k := range kept {
			s, err := speaker.Score(p, k)
			if err != nil {
				return nil, err
			}
			tries = append(tries, voiceTry{s, name == row.speaker, group[name] == row.group, i == 1})
		}
	}
	return tries, nil
}

// judge finds the threshold at which as many impostors are taken as speakers refused.
func judge(m *speaker.Model, name string, tries []voiceTry, of func(voiceTry) bool) voiceTrial {
	l := voiceTrial{Name: name}
	var same, other []float64
	for _, t := range tries {
		switch {
		case !of(t):
		case t.same:
			same = append(same, t.score)
		default:
			other = append(other, t.score)
		}
	}
	l.Same, l.Other = len(same), len(other)
	if len(same) == 0 || len(other) == 0 {
		return l
	}
	slices.Sort(same)
	slices.Sort(other)
	l.EER = 1
	for i, s := range same {
		refused := float64(i) / float64(len(same))
		if worst := max(refused, over(other, s)); worst < l.EER {
			l.EER, l.Threshold = worst, s
		}
	}
	match, another := m.Thresholds()
	l.Known, l.Taken = over(same, match), over(other, match)
	l.Wronged, l.Told = 1-over(same, another), 1-over(other, another)
	return l
}

// over is the share of sorted scores that are s or more.
func over(sorted []float64, s float64) float64 {
	i, _ := slices.BinarySearch(sorted, s)
	return float64(len(sorted)-i) / float64(len(sorted))
}
