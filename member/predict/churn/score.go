package churn

import (
	"cmp"
	"math"
	"slices"
)

// Bin is members of similar risk: what was foretold of them and what happened, as
// shares that did not buy again.
type Bin struct {
	Predicted float64 `json:"predicted"`
	Observed  float64 `json:"observed"`
	N         int     `json:"n"`
}

// AUC returns the probability that a member who was lost had a greater risk than one who
// was not: the area under the ROC curve, where equal risks count half. It is NaN unless
// there are both. Both lists have the same length.
func AUC(risk []float64, lost []bool) float64 {
	order := byRisk(risk)
	sum, n := 0.0, 0.0 // of the ranks of the lost, and how many
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && risk[order[j]] == risk[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			if lost[k] {
				sum += float64(i+j+1) / 2
				n++
			}
		}
		i = j
	}
	if n == 0 || n == float64(len(risk)) {
		return math.NaN()
	}
	return (sum - n*(n+1)/2) / (n * (float64(len(risk)) - n))
}

// Calibrate sorts members by risk into bins of equal size, the least risk first.
func Calibrate(risk []float64, lost []bool, bins int) []Bin {
	order := byRisk(risk)
	out := make([]Bin, 0, bins)
	for i := range bins {
		part := order[i*len(order)/bins : (i+1)*len(order)/bins]
		if len(part) == 0 {
			continue
		}
		b := Bin{N: len(part)}
		for _, k := range part {
			b.Predicted += risk[k] / float64(b.N)
			if lost[k] {
				b.Observed += 1 / float64(b.N)
			}
		}
		out = append(out, b)
	}
	return out
}

func byRisk(risk []float64) []int {
	order := make([]int, len(risk))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(risk[a], risk[b]) })
	return order
}
