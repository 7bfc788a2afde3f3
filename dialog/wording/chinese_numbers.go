package wording

import (
	"strconv"
	"strings"
)

// chineseRow reads digits one by one. In numbers that people dictate, 1 is
// said 幺, which nobody mistakes for 7.
func chineseRow(digits string, dictated bool) string {
	var words strings.Builder
	for i := range len(digits) {
		if digits[i] == '1' && dictated {
			words.WriteString("幺")
			continue
		}
		words.WriteString(chineseDigit(digits[i]))
	}
	return words.String()
}

// chineseDigit returns the character for one digit.
func chineseDigit(d byte) string {
	return [...]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}[d-'0']
}

// chineseDigits reads a dictated number in groups, with a rest between them.
func chineseDigits(digits string) string {
	groups := groupDigits(digits)
	for i, g := range groups {
		groups[i] = chineseRow(g, true)
	}
	return strings.Join(groups, "，")
}

// chineseCardinal reads n as a quantity: 10023 is 一万零二十三, 12 is 十二. A 2
// that leads hundreds and more is 两, any other is 二.
func chineseCardinal(n uint64) string {
	words := "零"
	if n > 0 {
		words = chineseScaled(n)
	}
	if teen, ok := strings.CutPrefix(words, "一十"); ok {
		return "十" + teen
	}
	for _, step := range []string{"百", "千", "万", "亿"} {
		if rest, ok := strings.CutPrefix(words, "二"+step); ok {
			return "两" + step + rest
		}
	}
	return words
}

// chineseScaled reads n > 0 in steps of 亿 and 万, each of four digits.
func chineseScaled(n uint64) string {
	for _, scale := range []struct {
		size uint64
		name string
	}{{1e8, "亿"}, {1e4, "万"}} {
		if n < scale.size {
			continue
		}
		words := chineseScaled(n/scale.size) + scale.name
		switch rest := n % scale.size; {
		case rest == 0:
			return words
		case rest < scale.size/10:
			return words + "零" + chineseScaled(rest)
		default:
			return words + chineseScaled(rest)
		}
	}
	return chineseBelow10000(n)
}

func chineseBelow10000(n uint64) string {
	var words strings.Builder
	skipped := false
	for _, step := range []struct {
		size uint64
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / step.size % 10
		if d == 0 {
			skipped = true
			continue
		}
		if skipped && words.Len() > 0 {
			words.WriteString("零")
		}
		skipped = false
		words.WriteString(chineseDigit(byte('0'+d)) + step.name)
	}
	return words.String()
}

// chineseNumber reads a number as written. A row too long to be a quantity, or
// one that begins with 0, is read digit by digit.
func chineseNumber(written string) string {
	whole, decimals, _ := strings.Cut(strings.ReplaceAll(written, ",", ""), ".")
	var words string
	switch n, err := strconv.ParseUint(whole, 10, 64); {
	case err != nil, n >= 1e12, len(whole) > 1 && whole[0] == '0',
		len(whole) > 8 && !strings.Contains(written, ","):
		words = chineseDigits(whole)
	default:
		words = chineseCardinal(n)
	}
	if decimals != "" {
		words += "点" + chineseRow(decimals, false)
	}
	return words
}

// chineseCount reads a number before a measure word, where 2 is 两.
func chineseCount(written string) string {
	if written == "2" {
		return "两"
	}
	return chineseNumber(written)
}

// chineseTime reads a time of day: 14:30 is 下午两点半.
func chineseTime(hour, minute int) string {
	part := "晚上"
	switch h := hour % 24; {
	case h < 6:
		part = "凌晨"
	case h < 12:
		part = "上午"
	case h == 12:
		part = "中午"
	case h < 18:
		part = "下午"
	}
	if hour%24 == 0 {
		return part + chineseClock(0, minute)
	}
	return part + chineseClock((hour+11)%12+1, minute)
}

// chineseClock reads a time on a dial.
func chineseClock(hour, minute int) string {
	words := chineseCount(strconv.Itoa(hour)) + "点"
	switch {
	case minute == 0:
		return words
	case minute == 30:
		return words + "半"
	case minute < 10:
		return words + "零" + chineseCardinal(uint64(minute)) + "分"
	}
	return words + chineseCardinal(uint64(minute)) + "分"
}

// chineseYuan reads an amount of money: 19.90 is 十九元九角.
func chineseYuan(written string) string {
	whole, cents, _ := strings.Cut(strings.ReplaceAll(written, ",", ""), ".")
	cents = strings.TrimRight(cents, "0")
	if len(cents) > 2 {
		return chineseNumber(written) + "元"
	}
	var words string
	w := number(whole)
	if w > 0 || cents == "" {
		words = chineseCount(strconv.FormatUint(w, 10)) + "元"
	}
	cents = (cents + "00")[:2]
	switch {
	case cents == "00":
		return words
	case cents[0] == '0' && w > 0:
		words += "零"
	case cents[0] != '0':
		words += chineseCount(cents[:1]) + "角"
	}
	if cents[1] != '0' {
		words += chineseCount(cents[1:]) + "分"
	}
	return words
}
