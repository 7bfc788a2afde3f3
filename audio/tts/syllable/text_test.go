package syllable

import (
	"fmt"
	"strings"
	"testing"
)

func reading(text string) string {
	var words []string
	for _, p := range pieces(text) {
		if p.latin != "" {
			words = append(words, "<"+p.latin+">")
		}
		for _, s := range p.sounds {
			words = append(words, fmt.Sprintf("%s%d", s.base, s.tone))
		}
		if p.pause > 0 {
			words = append(words, "/")
		}
	}
	return strings.Join(words, " ")
}

func TestReadings(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"您好，请稍等。", "nin2 hao3 / qing3 shao1 deng3 /"},
		{"你好", "ni2 hao3"},
		{"一个", "yi2 ge5"},
		{"一天", "yi4 tian1"},
		{"一年", "yi4 nian2"},
		{"一百", "yi4 bai3"},
		{"一万", "yi2 wan4"},
		{"十一", "shi2 yi1"},
		{"第一次", "di4 yi1 ci4"},
		{"一二三", "yi1 er4 san1"},
		{"一月一号", "yi1 yue4 yi1 hao4"},
		{"不是", "bu2 shi4"},
		{"不好", "bu4 hao3"},
		{"不行", "bu4 xing2"},
		{"我想买", "wo2 xiang2 mai3"},
		{"我想买两把", "wo2 xiang3 mai2 liang2 ba3"},
		{"银行", "yin2 hang2"},
		{"还是退还", "hai2 shi4 tui4 huan2"},
		{"谢谢您的来电", "xie4 xie5 nin2 de5 lai2 dian4"},
		{"为了了解", "wei4 le5 liao2 jie3"},
		{"女士的绿色旅行包", "nü3 shi4 de5 lv4 se4 lv3 xing2 bao1"},
		{"您的iPhone 十六到了", "nin2 de5 <iPhone> shi2 liu4 dao4 le5"},
		{"尾号幺三八", "wei3 hao4 yao1 san1 ba1"},
		{"……", ""},
		{"", ""},
	} {
		if got := reading(c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestZhuyin(t *testing.T) {
	for _, c := range []struct {
		base string
		tone int
		want string
	}{
		{"zhong", 1, "ㄓㄨㄥ"},
		{"shi", 4, "ㄕ4"},
		{"si", 4, "ㄙ4"},
		{"ju", 4, "ㄐㄩ4"},
		{"quan", 2, "ㄑㄩㄢ2"},
		{"xiong", 2, "ㄒㄩㄥ2"},
		{"lü", 4, "ㄌㄩ4"},
		{"lv", 4, "ㄌㄩ4"},
		{"yuan", 2, "ㄩㄢ2"},
		{"er", 4, "ㄦ4"},
		{"de", 5, "ㄉㄜ1"},
		{"dui", 4, "ㄉㄨㄟ4"},
		{"liu", 4, "ㄌㄧㄡ4"},
		{"hello", 1, ""},
		{"", 1, ""},
		{"ma", 6, ""},
	} {
		if got := zhuyin(c.base, c.tone); got != c.want {
			t.Errorf("%s%d is %q, want %q", c.base, c.tone, got, c.want)
		}
	}
}

// TestEveryReadingIsASyllable keeps slips out of readings.txt.
func TestEveryReadingIsASyllable(t *testing.T) {
	for word, sounds := range readings() {
		if len([]rune(word)) != len(sounds) || len([]rune(word)) > longestWord {
			t.Errorf("%s has %d readings", word, len(sounds))
		}
		for _, s := range sounds {
			if zhuyin(s.base, s.tone) == "" {
				t.Errorf("%s: %s%d is no syllable", word, s.base, s.tone)
			}
		}
	}
}
