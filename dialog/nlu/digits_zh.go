package nlu

import "strconv"

// digitZH returns the digit that a character names; 幺 is what people say for
// one on the phone.
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
	if loose {
		return alikeZH(word)
	}
	return ""
}

// alikeZH returns the digit for which people say, or recognisers write, word.
func alikeZH(word string) string {
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
	case "亿":
		return 100_000_000
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
		if scale >= 10_000 {
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
