package session

import (
	"testing"
	"time"

	"huike/audio/tts"
	"huike/dialog/wording"
)

func TestWordsAreHeardWhenTheVoiceSaysThem(t *testing.T) {
	t.Parallel()
	second := time.Second
	slow := []tts.Mark{{End: 4, At: 3 * second}, {End: 10, At: 7 * second / 2}, {End: 20, At: 4 * second}}
	for _, tt := range []struct {
		name            string
		written, spoken string
		marks           []tts.Mark
		length          time.Duration
		want            string
	}{
		{"a word that is drawn out is not heard before its end", "Your order is on its way", "Your order is on its way", slow, 2 * second, ""},
		{"those before it are", "Your order is on its way", "Your order is on its way", slow, 7 * second / 2, "Your order"},
		{"all of it", "Your order is on its way", "Your order is on its way", slow, 4 * second, "Your order is on its way"},
		{"without marks it is a share", "Your order is on its way", "Your order is on its way", nil, 2 * second, "Your order"},
		{
			"what is spoken otherwise is a share of it", "Order 10023 is on its way", "Order one zero zero two three is on its way",
			[]tts.Mark{{End: 5, At: second}, {End: 29, At: 3 * second}, {End: 43, At: 4 * second}},
			3 * second, "Order 10023 is",
		},
		{"Chinese", "您的订单正在路上", "您的订单正在路上", []tts.Mark{{End: 6, At: second}, {End: 24, At: 4 * second}}, 2 * second, "您的"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := spokenClause{Clause: wording.Clause{Written: tt.written, Spoken: tt.spoken}, length: 4 * second, marks: tt.marks}
			if got := c.heard(tt.length); got != tt.want {
				t.Errorf("heard %q, want %q", got, tt.want)
			}
		})
	}
}
