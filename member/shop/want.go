package shop

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// wanted returns the variants that a caller's words mean: what the words name is as they
// say, and the rest as the thing has it now. Those that can be had win over those that
// cannot. Words that name no option mean nothing.
func wanted(variants []variant, now, words string) []variant {
	has, err := optionsOf(now)
	if err != nil {
		return nil
	}
	asked := named(variants, words)
	if len(asked) == 0 {
		return nil
	}
	var fit, gone []variant
	for _, v := range variants {
		options, err := optionsOf(v.options)
		if err != nil || !suits(options, has, asked) {
			continue
		}
		if v.available {
			fit = append(fit, v)
		} else {
			gone = append(gone, v)
		}
	}
	if len(fit) == 0 {
		return gone
	}
	return fit
}

func suits(options, has map[string]string, asked map[string][]string) bool {
	for name, value := range options {
		if said := asked[name]; len(said) > 0 && !slices.Contains(said, value) {
			return false
		} else if len(said) == 0 && has[name] != "" && value != has[name] {
			return false
		}
	}
	return true
}

// named returns the values that the words hold, by option. The longer ones are looked for
// first, and what they took is gone: "dark red" is not red.
func named(variants []variant, words string) map[string][]string {
	type pair struct{ option, value, word string }
	var pairs []pair
	for _, v := range variants {
		options, err := optionsOf(v.options)
		if err != nil {
			continue
		}
		for option, value := range options {
			for word := range strings.SplitSeq(value, "|") {
				if one := (pair{option, value, apart(strings.TrimSuffix(word, "色"))}); !slices.Contains(pairs, one) {
					pairs = append(pairs, one)
				}
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(len(b.word), len(a.word)), cmp.Compare(a.word, b.word), cmp.Compare(a.option, b.option))
	})
	asked := map[string][]string{}
	rest, shorter := apart(words), ""
	for i, one := range pairs {
		if i == 0 || one.word != pairs[i-1].word {
			if shorter != "" {
				rest = shorter
			}
			shorter = ""
		}
		if found, left := taken(rest, one.word); found {
			shorter = left
			if !slices.Contains(asked[one.option], one.value) {
				asked[one.option] = append(asked[one.option], one.value)
			}
		}
	}
	return asked
}

// taken reports whether a word stands in a text that is set apart, and returns the text
// without it. One in Chinese may stand inside others.
func taken(text, word string) (found bool, left string) {
	if strings.TrimSpace(word) == "" {
		return false, ""
	}
	if strings.ContainsFunc(word, han) {
		word = strings.TrimSpace(word)
	}
	return strings.Contains(text, word), strings.ReplaceAll(text, word, " | ")
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// apart writes a text in small letters, with a gap around each run of Chinese and each
// word or number in other letters: "换成42码" is " 换成 42 码 ".
func apart(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	was := ' '
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' {
			r = ' '
		}
		if r == ' ' && was == ' ' {
			continue
		}
		if r != ' ' && was != ' ' && han(r) != han(was) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		was = r
	}
	if was != ' ' {
		b.WriteByte(' ')
	}
	return b.String()
}
