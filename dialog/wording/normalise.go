package wording

import (
	"strings"

	"huike/dialog"
	"huike/dialog/pattern"
)

// Normalise returns text as a voice should read it: numbers, prices, dates,
// times, telephone and order numbers, percentages and units in words, in the
// language lang. Text that holds none of these comes back as it is, but for
// its white space. What it returns holds no digits.
func Normalise(lang dialog.Lang, text string) string {
	return tidy(expand(lang, text))
}

// expand is Normalise but for the white space at the ends.
func expand(lang dialog.Lang, text string) string {
	text = strings.ToValidUTF8(text, "")
	if lang != dialog.Chinese && counted(text) {
		text = run(text, englishQuoted())
	}
	text = narrow(text)
	if lang == dialog.Chinese {
		return chinese(text)
	}
	return english(text)
}

// narrow writes the wide forms of letters, digits and signs in their plain one.
// Chinese punctuation stays: it says where a Chinese voice rests.
func narrow(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
			return r - '０' + '0'
		}
		switch r {
		case '￥':
			return '¥'
		case '％', '＋', '－', '／', '＃', '＊', '＝', '．', '＆', '＠':
			return r - '０' + '0'
		case '’', '‘':
			return '\''
		case '“', '”', '"', '「', '」', '『', '』', '《', '》', '【', '】':
			return -1
		case '\u00a0', '\u3000', '\u2009', '\u202f':
			return ' '
		case '～', '〜':
			return '~'
		case '−', '‑':
			return '-'
		}
		return r
	}, text)
	text = strings.ReplaceAll(text, "℃", "°C")
	return strings.ReplaceAll(text, "½", " 1/2")
}

// match is one find of a regular expression together with what stands around
// it, because RE2 looks neither ahead nor behind.
type match struct {
	groups []string // the whole find first; a group that took no part is ""
	before string   // all text before the find
	after  string   // all text after it
}

// pass rewrites every find of re. A rewrite that returns the find itself
// leaves it to a later pass.
type pass struct {
	re      *pattern.Pattern
	rewrite func(m match) string
}

// run applies the passes one after the other. Words that a pass has written
// hold no digits, so that no later pass takes them for a number.
func run(text string, passes []pass) string {
	for _, p := range passes {
		text = p.apply(text)
	}
	return text
}

func (p pass) apply(text string) string {
	finds := p.re.FindAllStringSubmatchIndex(text, -1)
	if finds == nil {
		return text
	}
	var out strings.Builder
	last := 0
	for _, f := range finds {
		m := match{before: text[:f[0]], after: text[f[1]:]}
		for g := 0; g < len(f); g += 2 {
			if f[g] < 0 {
				m.groups = append(m.groups, "")
				continue
			}
			m.groups = append(m.groups, text[f[g]:f[g+1]])
		}
		out.WriteString(text[last:f[0]])
		out.WriteString(p.rewrite(m))
		last = f[1]
	}
	out.WriteString(text[last:])
	return out.String()
}

// to is a rewrite that puts words in place of every find.
func to(words string) func(match) string {
	return func(match) string { return words }
}

var (
	manySpaces  = pattern.MustCompile(`\s+`)
	spaceBefore = pattern.MustCompile(`\s+([,.;:!?，。；：！？、])`)
	markup      = pattern.MustCompile("[*_`~#<>|\\\\^{}\\[\\]]+")
	amongHan    = pattern.MustCompile(`([\p{Han}，。！？；：、])\s+([\p{Han}])`)
	pictographs = pattern.MustCompile(`[\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}\x{2190}-\x{21FF}\x{FE0F}\x{200D}]+`)
)

// tidy takes out what no voice can read and puts white space right.
func tidy(text string) string {
	text = pictographs.ReplaceAllString(text, " ")
	text = markup.ReplaceAllString(text, " ")
	text = manySpaces.ReplaceAllString(text, " ")
	text = spaceBefore.ReplaceAllString(text, "$1")
	for range 2 { // a find takes the next one's first character with it
		text = amongHan.ReplaceAllString(text, "$1$2")
	}
	return strings.TrimSpace(text)
}

// counted says whether text has a digit, without which most passes are idle.
func counted(text string) bool { return strings.ContainsAny(text, "0123456789") }

// digitsOnly keeps the ASCII digits of s.
func digitsOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// groupDigits cuts a row of digits into groups that are easy to write down:
// a Chinese mobile number as 3-4-4, up to five digits as they are, everything
// else in threes with a last group of two to four.
func groupDigits(digits string) []string {
	switch n := len(digits); {
	case n <= 5:
		return []string{digits}
	case n == 11 && digits[0] == '1':
		return []string{digits[:3], digits[3:7], digits[7:]}
	case n == 8:
		return []string{digits[:4], digits[4:]}
	}
	var groups []string
	for len(digits) > 4 {
		groups = append(groups, digits[:3])
		digits = digits[3:]
	}
	return append(groups, digits)
}
