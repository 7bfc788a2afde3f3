package syllable

import (
	"math"
	"testing"
)

// TestNoEverydayCharacterIsSilent speaks the syllables that the speaker has not
// recorded, each in a word of a shop's.
func TestNoEverydayCharacterIsSilent(t *testing.T) {
	v := installed(t, Config{})
	const words = "银行姓名型号性别幸福运费允许裙子规则选择绿色旅行法律女士农村弄好俩人忽略虐待后天候补嗯"
	for _, r := range words {
		for _, s := range spoken([]rune{r}, []int{0}) {
			u, _, err := v.find(s)
			if err != nil || u == nil {
				t.Errorf("%c (%s%d) is silent: %v", r, s.base, s.tone, err)
				continue
			}
			if n := len(u.pcm); n < rate/10 || n > rate {
				t.Errorf("%c lasts %d ms", r, n*1000/rate)
			}
			if db := 20 * math.Log10(rms(u.pcm)/level); math.Abs(db) > 8 {
				t.Errorf("%c is %.1f dB from the level of the others", r, db)
			}
			for i := 1; i < len(u.marks); i++ {
				if u.marks[i] <= u.marks[i-1] || u.marks[i] >= len(u.pcm) {
					t.Fatalf("%c: mark %d stands at %d after %d, in %d samples", r, i, u.marks[i], u.marks[i-1], len(u.pcm))
				}
			}
			for k := 2; k < len(u.contour); k++ {
				if math.Abs(u.contour[k]-u.contour[k-2]) > 2.5 {
					t.Errorf("%c: its pitch jumps by %.1f semitones", r, u.contour[k]-u.contour[k-2])
					break
				}
			}
		}
	}
}
