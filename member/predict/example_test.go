package predict_test

import (
	"fmt"
	"time"

	"huike/member/predict"
)

func Example() {
	// The parameters that Fader, Hardie and Lee found for CDNOW.
	model, err := predict.New(predict.BGNBD, map[string]float64{"r": .243, "alpha": 4.414, "a": .793, "b": 2.426})
	if err != nil {
		fmt.Println(err)
		return
	}
	first := time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC)
	bought := []predict.Purchase{{At: first, Money: 2933}, {At: first.AddDate(0, 0, 17), Money: 2973}, {At: first.AddDate(0, 0, 213), Money: 1496}}
	s, _ := predict.Summarize(bought, first.AddDate(0, 0, 272))
	fmt.Printf("%d repeats; alive %.2f; %.2f purchases in 39 weeks\n", s.Repeats, model.Alive(s), model.Expected(s, 39*7*24*time.Hour))
	// Output: 2 repeats; alive 0.73; 1.23 purchases in 39 weeks
}
