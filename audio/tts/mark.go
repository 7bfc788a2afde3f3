package tts

import (
	"context"
	"math"
	"slices"
	"time"
	"unicode"

	"huike/audio"
)

// A Mark says when a word has been heard.
type Mark struct {
	End int           // bytes of the text up to the word's end, punctuation behind it included
	At  time.Duration // in the text's sound, when the word is over
}

// Heard is how many bytes of a text were heard when length of its sound was, by its
// marks: whole words alone.
func Heard(marks []Mark, length time.Duration) (end int) {
	for _, m := range marks {
		if m.At > length {
			break
		}
		end = m.End
	}
	return end
}

// Output is where the sound of a text goes. All of it is called by the goroutine
// that speaks.
type Output struct {
	Sound func(pcm []int16) error // may keep nothing; its error ends the synthesis and is returned
	Mark  func(Mark)              // in ascending order, each before the sound behind its word or soon after
	Other func()                  // another voice speaks for this one: nothing may be kept under its name
}

// A Teller is a [Streamer] that tells of its sound when which word is heard. Where it
// says nothing, [Speaker] reckons the marks from the sound.
type Teller interface {
	Tell(ctx context.Context, text string, to Output) error
}

// word is a piece of a text that is heard or not, as a whole.
type word struct {
	end    int     // bytes up to its end
	weight float64 // how long it is, beside others
	pause  bool    // a pause is likely behind it
}

// words cuts text into words: each Han character is one, and what spaces and
// punctuation part elsewhere.
func words(text string) []word {
	var out []word
	open := false // the last word goes on
	for i, r := range text {
		size := len(string(r))
		if r == unicode.ReplacementChar {
			size = 1
		}
		switch {
		case unicode.Is(unicode.Han, r):
			out, open = append(out, word{end: i + size, weight: syllable}), false
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), open && (r == '\'' || r == '’'):
			if !open {
				out, open = append(out, word{weight: onset}), true
			}
			last := &out[len(out)-1]
			last.end, last.weight = i+size, last.weight+letter
			if unicode.IsDigit(r) { // said by name
				last.weight += syllable
			}
		default:
			open = false
			if len(out) > 0 {
				last := &out[len(out)-1]
				last.end = i + size
				last.pause = last.pause || unicode.IsPunct(r) && r != '-'
			}
		}
	}
	return out
}

// How long what is said takes, in seconds, as people and voices speak.
const (
	syllable = 0.21 // a Han character
	onset    = 0.07 // of a word in letters
	letter   = 0.062
	breath   = 0.15 // at punctuation
)

// Guess reckons when the words of a text will be heard before there is any sound, as
// voices speak on average.
func Guess(text string) []Mark {
	all := words(text)
	marks := make([]Mark, len(all))
	at := 0.0
	for i, w := range all {
		at += w.weight
		marks[i] = Mark{End: w.end, At: time.Duration(at * float64(time.Second))}
		if w.pause {
			at += breath
		}
	}
	return marks
}

// Reckon places the words of a text in its whole sound, which it only reads:
// punctuation at the pauses where one is near enough, and the words between two such
// places by their length. Without words or sound there are no marks.
func Reckon(text string, pcm []int16) []Mark {
	all := words(text)
	if len(all) == 0 || len(pcm) == 0 {
		return nil
	}
	spoken, gaps := speech(pcm)
	total := 0.0
	for _, w := range all {
		total += w.weight
	}
	marks := make([]Mark, len(all))
	from, said := 0, 0.0             // of the words already placed, in blocks and weight
	first, sum, used := 0, 0.0, 0    // of those that wait for a place
	place := func(last, until int) { // the words from first to last end at block until
		n, done := until-from, 0.0
		for k := first; k <= last; k++ {
			done += all[k].weight
			marks[k] = Mark{End: all[k].end, At: clock(from + int(math.Round(float64(n)*done/sum)))}
		}
	}
	for i, w := range all {
		sum += w.weight
		if i == len(all)-1 {
			place(i, spoken.to)
			break
		}
		if !w.pause {
			continue
		}
		expected := spoken.after(from, float64(sum)/(total-said))
		at := nearestGap(gaps[used:], expected, spoken)
		if at < 0 {
			continue
		}
		used += at
		g := gaps[used]
		place(i, g.from)
		used, from, said = used+1, g.to, said+sum
		first, sum = i+1, 0
	}
	return marks
}

func clock(blocks int) time.Duration {
	return audio.Duration(blocks*block, audio.Rate)
}

// stretch is a part of a sound, in blocks.
type stretch struct{ from, to int }

// voicing is which blocks of a sound are not silent.
type voicing struct {
	stretch
	count []int // how many before each block
}

// after returns the block up to which the share of what sounds behind from is over.
func (v voicing) after(from int, share float64) int {
	want := v.count[from] + int(share*float64(v.count[v.to]-v.count[from]))
	at, _ := slices.BinarySearch(v.count, want)
	return at
}

// shortPause is the shortest silence that is taken for a pause, not for a stop: 50 ms.
const shortPause = 10

// speech tells what of pcm sounds, and the pauses in it.
func speech(pcm []int16) (spoken voicing, gaps []stretch) {
	threshold := active(pcm) * decibel(-26)
	n := len(pcm) / block
	spoken.count = make([]int, n+1)
	quiet := 0
	for i := range n {
		spoken.count[i+1] = spoken.count[i]
		if power(pcm[i*block:(i+1)*block]) < threshold {
			quiet++
			continue
		}
		if spoken.to == 0 {
			spoken.from = i
		} else if quiet >= shortPause {
			gaps = append(gaps, stretch{i - quiet, i})
		}
		quiet, spoken.to = 0, i+1
		spoken.count[i+1]++
	}
	if spoken.to == 0 { // nothing stands out: all of it
		spoken.to = n
	}
	return spoken, gaps
}

// nearestGap returns the number of the gap nearest to a block, -1 when none is near:
// within a fifth of what sounds, and 600 ms.
func nearestGap(gaps []stretch, expected int, spoken voicing) int {
	best, least := -1, min((spoken.to-spoken.from)/5+20, 120)
	for i, g := range gaps {
		distance := max(g.from-expected, expected-g.to, 0) - min(g.to-g.from, 60)/2
		if distance < least {
			best, least = i, distance
		}
	}
	return best
}
