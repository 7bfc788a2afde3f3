package syllable

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

//go:embed readings.txt
var readingsText string

// readings are the words whose characters are not read as each alone.
//
//nolint:gochecknoglobals // a table, made once from an embedded file
var readings = sync.OnceValue(func() map[string][]sound {
	table := make(map[string][]sound)
	for line := range strings.Lines(readingsText) {
		word, reading, _ := strings.Cut(strings.TrimSpace(line), "\t")
		for s := range strings.FieldsSeq(reading) {
			table[word] = append(table[word], parse(s))
		}
	}
	return table
})

const longestWord = 4 // characters, in readings

// sound is one syllable to be said.
type sound struct {
	base     string // pinyin without its tone
	tone     int    // 1 to 4; 5 is the neutral one
	char     rune   // as written
	borrowed bool   // its recording is in another tone
	at       int    // byte of the text at which its character begins
}

// parse reads "zhong1"; without a figure the tone is the neutral one.
func parse(written string) sound {
	n := len(written)
	if n > 0 && written[n-1] >= '1' && written[n-1] <= '5' {
		return sound{base: written[:n-1], tone: int(written[n-1] - '0')}
	}
	return sound{base: written, tone: 5}
}

// piece is what is said in one breath: syllables or foreign words, and the rest
// behind them.
type piece struct {
	sounds []sound
	latin  string // foreign words; sounds is empty then
	pause  int    // samples
	final  bool   // the end of a sentence
	from   int    // bytes of the text before it
	to     int    // and up to its end
}

// pieces cuts text at its punctuation and where the script changes.
func pieces(text string) []piece {
	var out []piece
	var han, latin []rune
	var places []int // of han
	from := 0
	flush := func(at, pause int, final bool) {
		switch words := strings.TrimSpace(string(latin)); {
		case len(han) > 0:
			out = append(out, piece{sounds: spoken(han, places), pause: pause, final: final, from: from, to: at})
		case words != "":
			out = append(out, piece{latin: words, pause: pause, final: final, from: from, to: at})
		case len(out) > 0:
			last := &out[len(out)-1]
			last.pause, last.final = max(last.pause, pause), last.final || final
		}
		han, places, latin, from = nil, nil, nil, at
	}
	for i, r := range text {
		pause, final := rest(r)
		switch {
		case pause > 0:
			flush(i, pause, final)
		case unicode.Is(unicode.Han, r):
			if strings.TrimSpace(string(latin)) != "" {
				flush(i, 0, false)
			}
			latin = nil
			han, places = append(han, r), append(places, i)
		case unicode.IsSpace(r) && len(latin) == 0:
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsSpace(r), r == '\'', r == '-':
			if len(han) > 0 {
				flush(i, 0, false)
			}
			latin = append(latin, r)
		}
	}
	flush(len(text), 0, true)
	return out
}

// rest returns the pause due behind a punctuation mark, in samples, and whether
// it ends a sentence.
func rest(r rune) (samples int, final bool) {
	const millisecond = rate / 1000
	switch r {
	case '。', '！', '？', '!', '?', '.', '…', '\n':
		return 600 * millisecond, true
	case '；', ';', '：', ':':
		return 420 * millisecond, false
	case '，', ',':
		return 340 * millisecond, false
	case '、', '（', '）', '(', ')':
		return 200 * millisecond, false
	}
	return 0, false
}

// spoken returns how characters, which stand at places of a text, sound together.
func spoken(han []rune, places []int) []sound {
	var out []sound
	for i := 0; i < len(han); {
		n := min(longestWord, len(han)-i)
		for ; n > 0; n-- {
			if found, ok := readings()[string(han[i:i+n])]; ok {
				for j, s := range found {
					s.char, s.at = han[i+j], places[i+j]
					out = append(out, s)
				}
				break
			}
		}
		if n > 0 {
			i += n
			continue
		}
		args := pinyin.NewArgs()
		args.Style = pinyin.Tone3
		if read := pinyin.SinglePinyin(han[i], args); len(read) > 0 {
			s := parse(read[0])
			s.char, s.at = han[i], places[i]
			out = append(out, s)
		}
		i++
	}
	sandhi(out)
	return out
}

const (
	digits  = "零幺一二两三四五六七八九十"
	numeral = digits + "百千万亿"
)

// sandhi changes tones as their neighbours ask: 一, 不, and third tones before
// third tones (Chao, A Grammar of Spoken Chinese, 1968, 1.3.4).
func sandhi(s []sound) {
	for i := range s {
		next := sound{}
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case s[i].char == '一' && s[i].tone == 1 && next.tone != 0:
			s[i].tone = toneOfOne(s, i, next)
		case s[i].char == '不' && next.tone == 4:
			s[i].tone = 2
		}
	}
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && s[end].tone == 3 {
			end++
		}
		for ; end-i > 3; i += 2 { // long runs fall into pairs
			s[i].tone = 2
		}
		for ; i < end-1; i++ {
			s[i].tone = 2
		}
		i++
	}
}

func toneOfOne(s []sound, i int, next sound) int {
	if i > 0 && (strings.ContainsRune(numeral, s[i-1].char) || s[i-1].char == '第' || s[i-1].char == '周') {
		return 1
	}
	if strings.ContainsRune(digits, next.char) || strings.ContainsRune("月号日楼层", next.char) {
		return 1
	}
	if next.tone == 4 || next.base == "ge" {
		return 2
	}
	return 4
}
