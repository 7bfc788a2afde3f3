package nlu

import (
	"strconv"
	"strings"
)

// digitRun reads the longest run of spoken or written digits at words[i] and
// returns them with the index behind it; n == i when there is none. Numbers
// side by side are written one after the other ("ten oh two three" is 10023),
// numbers with hundreds and thousands are reckoned ("两千零五十" is 2050). With
// loose set, because digits are due, sound-alikes count too: "to", "for", "oh".
func digitRun(words []string, i int, loose bool) (digits string, n int) {
	var b strings.Builder
	n = i
	if words[i] == "+" {
		b.WriteByte('+')
		n++
	}
	for n < len(words) {
		d, next := oneNumber(words, n, loose || b.Len() > 0 && (words[n] == "oh" || words[n] == "o"))
		if next > n && n > i && apart(words[n-1], words[n]) {
			break
		}
		if next == n {
			if b.Len() > 0 && filler(words[n]) && n+1 < len(words) {
				if _, after := oneNumber(words, n+1, false); after > n+1 {
					n++
					continue
				}
			}
			break
		}
		b.WriteString(d)
		n = next
	}
	digits = b.String()
	if digits == "" || digits == "+" {
		return "", i
	}
	return digits, n
}

// apart says whether two written numbers side by side are two: "10023, 10024".
func apart(a, b string) bool {
	const long = 5
	written := func(w string) bool { return w[0] >= '0' && w[0] <= '9' }
	return written(a) && written(b) && (len(a) >= long || len(b) >= long && len(a) > 2) // "+86 13800001234" is one
}

// filler is what people say between digits.
func filler(word string) bool {
	switch word {
	case "um", "uh", "er", "then", "and", "dash", "那", "呃", "嗯", "杠", "然":
		return true
	}
	return false
}

// oneNumber reads one number at words[i].
func oneNumber(words []string, i int, loose bool) (digits string, n int) {
	w := words[i]
	if w[0] >= '0' && w[0] <= '9' {
		return w, i + 1
	}
	if times := repeated(w); times > 0 && i+1 < len(words) {
		if d := digitEN(words[i+1], true); d != "" {
			return strings.Repeat(d, times), i + 2
		}
		if len(words[i+1]) == 1 && words[i+1][0] >= '0' && words[i+1][0] <= '9' {
			return strings.Repeat(words[i+1], times), i + 2
		}
	}
	if isHan(w) {
		return numberZH(words, i, loose)
	}
	return numberEN(words, i, loose)
}

func repeated(word string) int {
	switch word {
	case "double":
		return 2
	case "triple":
		return 3
	}
	return 0
}

// digitEN returns the digit that an English word names.
func digitEN(word string, loose bool) string {
	switch word {
	case "zero", "nought", "naught":
		return "0"
	case "one":
		return "1"
	case "two":
		return "2"
	case "three":
		return "3"
	case "four":
		return "4"
	case "five":
		return "5"
	case "six":
		return "6"
	case "seven":
		return "7"
	case "eight":
		return "8"
	case "nine":
		return "9"
	}
	if !loose {
		return ""
	}
	switch word { // what recognisers write for digits
	case "oh", "o", "zeros", "zeroes", "cero":
		return "0"
	case "won":
		return "1"
	case "to", "too", "tu":
		return "2"
	case "tree", "free":
		return "3"
	case "for", "fore":
		return "4"
	case "fife", "hive":
		return "5"
	case "sicks", "sics":
		return "6"
	case "ate":
		return "8"
	case "niner", "nein":
		return "9"
	}
	return ""
}

func teenEN(word string) int {
	switch word {
	case "ten":
		return 10
	case "eleven":
		return 11
	case "twelve":
		return 12
	case "thirteen":
		return 13
	case "fourteen":
		return 14
	case "fifteen":
		return 15
	case "sixteen":
		return 16
	case "seventeen":
		return 17
	case "eighteen":
		return 18
	case "nineteen":
		return 19
	}
	return 0
}

func tensEN(word string) int {
	switch word {
	case "twenty":
		return 20
	case "thirty":
		return 30
	case "forty", "fourty":
		return 40
	case "fifty":
		return 50
	case "sixty":
		return 60
	case "seventy":
		return 70
	case "eighty":
		return 80
	case "ninety":
		return 90
	}
	return 0
}

// numberEN reads "ten thousand and twenty three", "twenty three", "seven". A
// number with hundreds or thousands is reckoned, without it is one group.
func numberEN(words []string, i int, loose bool) (digits string, n int) {
	value, n := underHundredEN(words, i, loose)
	if n == i {
		return "", i
	}
	if n == len(words) || scaleEN(words[n]) == 0 {
		if d := digitEN(words[i], loose); d != "" {
			return d, n
		}
		return strconv.Itoa(value), n
	}
	total := 0
	for n < len(words) && scaleEN(words[n]) > 0 {
		scale := scaleEN(words[n])
		if scale == 100 {
			value *= scale
		} else {
			total += value * scale
			value = 0
		}
		n++
		next := n
		if next+1 < len(words) && words[next] == "and" {
			next++
		}
		if next < len(words) {
			if more, after := underHundredEN(words, next, false); after > next {
				value += more
				n = after
			}
		}
	}
	return strconv.Itoa(total + value), n
}

func underHundredEN(words []string, i int, loose bool) (value, n int) {
	if d := digitEN(words[i], loose); d != "" {
		return int(d[0] - '0'), i + 1
	}
	if v := teenEN(words[i]); v > 0 {
		return v, i + 1
	}
	v := tensEN(words[i])
	if v == 0 {
		return 0, i
	}
	if i+1 < len(words) {
		if d := digitEN(words[i+1], false); d != "" && d != "0" {
			return v + int(d[0]-'0'), i + 2
		}
	}
	return v, i + 1
}

func scaleEN(word string) int {
	switch word {
	case "hundred":
		return 100
	case "thousand":
		return 1000
	case "million":
		return 1_000_000
	}
	return 0
}

// digitZH returns the digit that a character names. 幺, 拐, 洞 are what people
// say on the phone; 妖, 腰 what recognisers write for 幺.
func digitZH(word string, loose bool) string {
	switch word {
	case "零", "〇":
		return "0"
	case "一", "幺", "壹":
		return "1"
	case "二", "两", "贰":
		return "2"
	case "三", "叁":
		return "3"
	case "四", "肆":
		return "4"
	case "五", "伍":
		return "5"
	case "六", "陆":
		return "6"
	case "七", "柒":
		return "7"
	case "八", "捌":
		return "8"
	case "九", "玖":
		return "9"
	}
	if !loose {
		return ""
	}
	switch word {
	case "洞", "动", "灵", "玲", "林", "凌":
		return "0"
	case "妖", "腰", "要", "衣", "医":
		return "1"
	case "儿", "而", "耳":
		return "2"
	case "散", "伞", "山":
		return "3"
	case "是", "事", "寺":
		return "4"
	case "无", "午", "舞":
		return "5"
	case "留", "溜":
		return "6"
	case "拐", "期", "妻":
		return "7"
	case "吧", "巴", "爸":
		return "8"
	case "就", "酒", "久", "勾", "狗":
		return "9"
	}
	return ""
}

func scaleZH(word string) int {
	switch word {
	case "十", "拾":
		return 10
	case "百", "佰":
		return 100
	case "千", "仟":
		return 1000
	case "万":
		return 10_000
	}
	return 0
}

// numberZH reads one spoken number. Sound-alikes count only where a sure digit
// stands beside them, so that "就是" is no number.
func numberZH(words []string, i int, loose bool) (digits string, n int) {
	if !hasScaleZH(words, i) {
		d := digitZH(words[i], loose && besideDigit(words, i))
		if d == "" {
			return "", i
		}
		return d, i + 1
	}
	total, section, value := 0, 0, 0
	last := 1
	for n = i; n < len(words); n++ {
		if d := digitZH(words[n], false); d != "" {
			if value != 0 { // two digits side by side: not this number's
				break
			}
			value = int(d[0] - '0')
			if d == "0" {
				last = 10
			}
			continue
		}
		scale := scaleZH(words[n])
		if scale == 0 {
			break
		}
		last = scale
		if scale == 10_000 {
			total += (section + value) * scale
			section, value = 0, 0
			continue
		}
		if value == 0 {
			value = 1
		}
		section += value * scale
		value = 0
	}
	if value > 0 && last >= 100 && scaleZH(words[n-2]) == last { // 两千五 is 2500
		value *= last / 10
	}
	return strconv.Itoa(total + section + value), n
}

// hasScaleZH says whether a number with 十百千万 starts at words[i].
func hasScaleZH(words []string, i int) bool {
	if scaleZH(words[i]) == 10 {
		return true
	}
	return digitZH(words[i], false) != "" && i+1 < len(words) && scaleZH(words[i+1]) > 0
}

// besideDigit says whether a sure digit stands on each side of words[i], or on
// one side where the utterance begins or ends.
func besideDigit(words []string, i int) bool {
	sure := func(k int) bool {
		if k < 0 || k >= len(words) {
			return true
		}
		return digitZH(words[k], false) != "" || len(words[k]) == 1 && words[k][0] >= '0' && words[k][0] <= '9'
	}
	return len(words) > 2 && sure(i-1) && sure(i+1)
}
