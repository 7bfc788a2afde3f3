package syllable

import (
	"strconv"
	"strings"
)

// zhuyin returns the name under which the recordings keep a syllable of pinyin,
// such as "zhong", in a tone from 1 to 5, or "" for what is no syllable. They
// write the first tone without a figure and the neutral tone as 1.
func zhuyin(base string, tone int) string {
	letters := zhuyinLetters(base)
	switch {
	case letters == "" || tone < 1 || tone > 5:
		return ""
	case tone == 1:
		return letters
	case tone == 5:
		return letters + "1"
	}
	return letters + strconv.Itoa(tone)
}

func zhuyinLetters(base string) string {
	base = strings.ReplaceAll(base, "ü", "v")
	if whole := zhuyinWhole(base); whole != "" {
		return whole
	}
	initial, final := base[:min(1, len(base))], base[min(1, len(base)):]
	if len(base) > 1 && base[1] == 'h' {
		initial, final = base[:2], base[2:]
	}
	if strings.Contains("jqx", initial) && strings.HasPrefix(final, "u") {
		final = "v" + final[1:]
	}
	first, ok := map[string]string{
		"b": "ㄅ", "p": "ㄆ", "m": "ㄇ", "f": "ㄈ", "d": "ㄉ", "t": "ㄊ", "n": "ㄋ", "l": "ㄌ", "g": "ㄍ", "k": "ㄎ",
		"h": "ㄏ", "j": "ㄐ", "q": "ㄑ", "x": "ㄒ", "zh": "ㄓ", "ch": "ㄔ", "sh": "ㄕ", "r": "ㄖ", "z": "ㄗ", "c": "ㄘ", "s": "ㄙ",
	}[initial]
	if !ok {
		return ""
	}
	if final == "i" && strings.Contains("zh ch sh r z c s", initial) {
		return first
	}
	last := zhuyinFinal(final)
	if last == "" {
		return ""
	}
	return first + last
}

// zhuyinWhole spells syllables without an initial.
func zhuyinWhole(base string) string {
	return map[string]string{
		"a": "ㄚ", "o": "ㄛ", "e": "ㄜ", "ai": "ㄞ", "ei": "ㄟ", "ao": "ㄠ", "ou": "ㄡ", "an": "ㄢ", "en": "ㄣ", "ang": "ㄤ",
		"eng": "ㄥ", "er": "ㄦ", "r": "ㄦ", "yi": "ㄧ", "ya": "ㄧㄚ", "yo": "ㄧㄛ", "ye": "ㄧㄝ", "yai": "ㄧㄞ", "yao": "ㄧㄠ",
		"you": "ㄧㄡ", "yan": "ㄧㄢ", "yin": "ㄧㄣ", "yang": "ㄧㄤ", "ying": "ㄧㄥ", "wu": "ㄨ", "wa": "ㄨㄚ", "wo": "ㄨㄛ",
		"wai": "ㄨㄞ", "wei": "ㄨㄟ", "wan": "ㄨㄢ", "wen": "ㄨㄣ", "wang": "ㄨㄤ", "weng": "ㄨㄥ", "yu": "ㄩ", "yue": "ㄩㄝ",
		"yuan": "ㄩㄢ", "yun": "ㄩㄣ", "yong": "ㄩㄥ", "n": "ㄣ", "ng": "ㄣ",
	}[base]
}

func zhuyinFinal(final string) string {
	return map[string]string{
		"a": "ㄚ", "o": "ㄛ", "e": "ㄜ", "ai": "ㄞ", "ei": "ㄟ", "ao": "ㄠ", "ou": "ㄡ", "an": "ㄢ", "en": "ㄣ", "ang": "ㄤ",
		"eng": "ㄥ", "ong": "ㄨㄥ", "i": "ㄧ", "ia": "ㄧㄚ", "ie": "ㄧㄝ", "iao": "ㄧㄠ", "iu": "ㄧㄡ", "ian": "ㄧㄢ", "in": "ㄧㄣ",
		"iang": "ㄧㄤ", "ing": "ㄧㄥ", "iong": "ㄩㄥ", "u": "ㄨ", "ua": "ㄨㄚ", "uo": "ㄨㄛ", "uai": "ㄨㄞ", "ui": "ㄨㄟ",
		"uan": "ㄨㄢ", "un": "ㄨㄣ", "uang": "ㄨㄤ", "v": "ㄩ", "ve": "ㄩㄝ", "ue": "ㄩㄝ", "van": "ㄩㄢ", "vn": "ㄩㄣ",
	}[final]
}
