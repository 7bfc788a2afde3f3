package syllable

import (
	"math"
	"slices"
)

// parts is what a syllable that the speaker has not recorded is put together from.
type parts struct {
	head  string // a syllable that begins like it; "" when it begins with its voice
	tail  string // one that ends like it, in the same tone
	voice bool   // of tail the voiced part alone
}

// standIns are the syllables without a recording of this speaker, and hou, which is
// silent in the package of 2017: 行, 姓, 运, 裙, 则, 绿, 女, 农 and others of every day.
func standIns() map[string]parts {
	return map[string]parts{
		"ㄏㄡ": {"ㄏㄜ", "ㄡ", false}, "ㄒㄧㄥ": {"ㄒㄧ", "ㄧㄥ", false}, "ㄗㄜ": {"ㄗ", "ㄜ", false},
		"ㄔㄨㄞ": {"ㄔㄨ", "ㄨㄞ", false}, "ㄑㄩㄣ": {"ㄑㄩ", "ㄒㄩㄣ", true}, "ㄩㄣ": {"", "ㄒㄩㄣ", true},
		"ㄌㄩ": {"ㄌㄧ", "ㄩ", false}, "ㄋㄩ": {"ㄋㄧ", "ㄩ", false}, "ㄌㄩㄝ": {"ㄌㄧ", "ㄩㄝ", false},
		"ㄋㄩㄝ": {"ㄋㄧ", "ㄩㄝ", false}, "ㄌㄧㄚ": {"ㄌㄧ", "ㄧㄚ", false}, "ㄋㄨㄥ": {"ㄋㄨ", "ㄉㄨㄥ", true},
		"ㄋㄣ": {"ㄋㄜ", "ㄣ", false}, "ㄋㄡ": {"ㄋㄜ", "ㄡ", false}, "ㄉㄣ": {"ㄉㄜ", "ㄣ", false},
		"ㄋㄨㄣ": {"ㄋㄨ", "ㄉㄨㄣ", true}, "ㄧㄛ": {"", "ㄧㄡ", true},
	}
}

// opening is how long the voiced consonant at the beginning of a syllable lasts, in
// samples: 70 ms.
const opening = 1120

// standIn puts a syllable together; nil when a part is missing in its turn.
func (v *Voice) standIn(p parts, tone string) (*unit, error) {
	tail, err := v.load(p.tail + tone)
	if err != nil || tail == nil {
		return nil, err
	}
	if p.voice {
		tail = tail.voicedPart()
	}
	if p.head == "" {
		return tail, nil
	}
	for _, other := range []string{tone, "4", "", "3", "2", "1"} { // it lends no tone
		head, err := v.load(p.head + other)
		if err != nil {
			return nil, err
		}
		switch {
		case head == nil:
		case head.voicedStart():
			return glued(head, tail), nil
		default:
			return spliced(head, tail), nil
		}
	}
	return nil, nil //nolint:nilnil // as a recording that is missing
}

// voicedPart returns u from where its voice begins.
func (u *unit) voicedPart() *unit {
	cut := max(u.marks[0]-edge, 0)
	out := &unit{pcm: append([]float64(nil), u.pcm[cut:]...), contour: u.contour, first: max(u.first-cut, 0)}
	for i := range min(edge, len(out.pcm)) {
		out.pcm[i] *= float64(i) / edge
	}
	for _, m := range u.marks {
		out.marks = append(out.marks, m-cut)
	}
	return out
}

// glued returns the voiced consonant at the beginning of head with the vowel of tail:
// head's periods at tail's pitch, and the two laid over one another for two periods
// from a mark of each.
func glued(head, tail *unit) *unit {
	flat := make([]float64, len(head.contour))
	for k := range flat {
		flat[k] = tail.contour[0]
	}
	level := *head
	level.pcm = head.say(flat, 1)
	period := rate / hertz(tail.contour[0])
	cut := head.marks[0]
	for float64(cut)+period < opening {
		cut += int(math.Round(period))
	}
	from, n := tail.marks[0], int(2*period)
	u := &unit{contour: tail.contour, first: cut - from + tail.first}
	u.pcm = append(u.pcm, level.pcm[:min(cut+n, len(level.pcm))]...)
	n = min(n, len(u.pcm)-cut, len(tail.pcm)-from)
	for i := range n {
		w := 0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(n))
		u.pcm[cut+i] = u.pcm[cut+i]*(1-w) + tail.pcm[from+i]*w
	}
	u.pcm = append(u.pcm[:cut+n], tail.pcm[from+n:]...)
	for m := head.marks[0]; m < cut; m += int(math.Round(period)) {
		u.marks = append(u.marks, m)
	}
	for _, m := range tail.marks {
		u.marks = append(u.marks, m+cut-from)
	}
	more := max(u.first-head.marks[0], 0) / hop // of the consonant
	u.contour = append(slices.Repeat(tail.contour[:1], more), tail.contour...)
	u.first -= more * hop
	return u
}
