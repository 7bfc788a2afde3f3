package shop_test

import (
	"math"
	"testing"

	"huike/member/shop"
)

func TestCalculate(t *testing.T) {
	tests := map[string]float64{
		"2 + 2": 4, " 2*(3 + 4) ": 14, "-(-3)": 3, "10/4": 2.5, "7//2": 3, "-7//2": -4, "2**3": 8, "-2**2": -4, "2**-1": 0.5, "2**3**2": 512,
		"1.005*3": 3.01, ".5+5.": 5.5, "0": 0, "00": 0, "3--2": 5, "100-10-1": 89, "8/2/2": 2,
	}
	for text, want := range tests {
		if got, err := shop.Calculate(text); err != nil || math.Abs(got-want) > 0.005 {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "2(3)", "1 2", "1/0", "1//0", "(1", "1)", "()", "1+", "*2", "007", "1.2.3", "1e5", "price", "3***2", "0**-1", "9**9**9"} {
		if got, err := shop.Calculate(text); err == nil {
			t.Errorf("%s = %v: want no sum", text, got)
		}
	}
}

func FuzzCalculate(f *testing.F) {
	f.Add("2 * (3 + 4.5) // 2 ** -1")
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := shop.Calculate(text); err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
			t.Errorf("%q = %v", text, v)
		}
	})
}
