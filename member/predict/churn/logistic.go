package churn

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// regression is logistic regression on standardised features with a ridge penalty.
type regression struct {
	mean, scale []float64
	weight      []float64 // the constant first
}

// ridge is the penalty on each squared weight, in observations.
const ridge = 1.0

// regress fits by Newton's method (iteratively reweighted least squares).
func regress(rows [][]float64, hit []bool) (regression, error) {
	r := standard(rows)
	z := make([][]float64, len(rows))
	for i, row := range rows {
		z[i] = r.scaled(row)
	}
	n := len(rows[0]) + 1
	beta := mat.NewVecDense(n, nil)
	for range 50 {
		slope, curve := derivatives(z, hit, beta)
		var step mat.VecDense
		var root mat.Cholesky
		if !root.Factorize(curve) {
			return regression{}, errors.New("logistic regression: the features are not numbers")
		}
		if err := root.SolveVecTo(&step, slope); err != nil {
			return regression{}, fmt.Errorf("logistic regression: %w", err)
		}
		beta.AddVec(beta, &step)
		if mat.Norm(&step, math.Inf(1)) < 1e-8 {
			break
		}
	}
	r.weight = beta.RawVector().Data
	return r, nil
}

// derivatives returns the first of the penalised log-likelihood, and the negative second.
func derivatives(z [][]float64, hit []bool, beta *mat.VecDense) (*mat.VecDense, *mat.SymDense) {
	n := beta.Len()
	first, second := make([]float64, n), make([]float64, n*n)
	weight := beta.RawVector().Data
	for i, row := range z {
		p := sigmoid(dot(weight, row))
		off := -p
		if hit[i] {
			off++
		}
		w := max(p*(1-p), 1e-9)
		for j, v := range row {
			first[j] += off * v
			for k := j; k < n; k++ {
				second[j*n+k] += w * v * row[k]
			}
		}
	}
	for j := 1; j < n; j++ { // the constant is free
		first[j] -= ridge * weight[j]
		second[j*n+j] += ridge
	}
	return mat.NewVecDense(n, first), mat.NewSymDense(n, second)
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func standard(rows [][]float64) regression {
	n := len(rows[0])
	r := regression{mean: make([]float64, n), scale: make([]float64, n)}
	for _, row := range rows {
		for j, v := range row {
			r.mean[j] += v / float64(len(rows))
		}
	}
	for _, row := range rows {
		for j, v := range row {
			r.scale[j] += (v - r.mean[j]) * (v - r.mean[j]) / float64(len(rows))
		}
	}
	for j := range r.scale {
		if r.scale[j] = math.Sqrt(r.scale[j]); r.scale[j] < 1e-9 {
			r.scale[j] = 1
		}
	}
	return r
}

// scaled returns a row as the weights take it, behind a constant.
func (r regression) scaled(row []float64) []float64 {
	z := make([]float64, len(row)+1)
	z[0] = 1
	for j, v := range row {
		z[j+1] = (v - r.mean[j]) / r.scale[j]
	}
	return z
}

func (r regression) predict(row []float64) float64 { return sigmoid(dot(r.weight, r.scaled(row))) }

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
