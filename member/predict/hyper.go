package predict

import "math"

// lbeta returns ln B(a, b).
func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// logAdd returns ln(e^a + e^b) without leaving logarithms.
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// logHyperTail returns the logarithm of
//
//	c · (₂F₁(a, b; c; z) − 1) = Σ_{n≥1} (a)_n (b)_n z^n / ((c+1)_{n−1} n!)
//
// for a, b > 0, c > −1 and 0 <= z < 1. There every term is positive, so nothing cancels,
// and c may be 0, where ₂F₁ itself has a pole; the sum is kept scaled, so nothing
// overflows. It takes about ln(1e-16)/ln(z) terms, more where a is large.
func logHyperTail(a, b, c, z float64) float64 {
	if z <= 0 {
		return math.Inf(-1)
	}
	const big, most = 1e200, 1_000_000
	term := a * b * z
	sum, scale := term, 0.0
	for n := 1.0; n < most; n++ {
		ratio := (a + n) * (b + n) / ((c + n) * (n + 1)) * z
		term *= ratio
		sum += term
		if ratio < 1 && term < sum*1e-17*(1-ratio) {
			break
		}
		if sum > big {
			sum /= big
			term /= big
			scale += math.Log(big)
		}
	}
	return math.Log(sum) + scale
}

// legendre are the nodes above 0 and the weights of Gauss-Legendre quadrature with 16
// points on [-1, 1] (Abramowitz and Stegun, table 25.4).
var legendre = [8][2]float64{ //nolint:gochecknoglobals // a table
	{0.0950125098376374402, 0.189450610455068496},
	{0.281603550779258913, 0.182603415044923589},
	{0.458016777657227386, 0.169156519395002538},
	{0.617876244402643748, 0.149595988816576732},
	{0.755404408355003034, 0.124628971255533872},
	{0.865631202387831744, 0.0951585116824927848},
	{0.944575023073232576, 0.0622535239386478929},
	{0.989400934991649933, 0.0271524594117540949},
}

// logLost returns the logarithm of
//
//	∫ from "from" to "to" of (α+t)^−m (β+t)^−n dt,  α, β > 0, m, n >= 0,
//
// which is what Pareto/NBD's Gauss hypergeometric functions stand for, without the
// differences of nearly equal ones (Fader, Hardie, Lee, "A note on implementing the
// Pareto/NBD model", 2005). In u = ln(α+t) or ln(β+t), whichever is the smaller, the
// integrand falls at most like e^−(m+n)u, so panels of 8/(m+n) suffice, and what lies
// below e^−44 of the top is left out. Sixteen points for each give a relative error below 1e-12.
func logLost(alpha, beta, m, n, from, to float64) float64 {
	if to <= from {
		return math.Inf(-1)
	}
	if beta < alpha {
		alpha, beta, m, n = beta, alpha, n, m
	}
	low, high := math.Log(alpha+from), math.Log(alpha+to)
	if fall := m - 1 + n*(alpha+from)/(beta+from); fall > 0 { // it only gets steeper
		high = min(high, low+44/fall)
	}
	top := (1-m)*low - n*math.Log(beta+from)
	panels := min(64, max(1, int(math.Ceil((high-low)*(m+n)/8))))
	half := (high - low) / float64(2*panels)
	sum := 0.0
	for i := range panels {
		mid := low + float64(2*i+1)*half
		for _, l := range legendre {
			sum += l[1] * (lost(mid-half*l[0], alpha, beta, m, n, top) + lost(mid+half*l[0], alpha, beta, m, n, top))
		}
	}
	return top + math.Log(sum*half)
}

func lost(u, alpha, beta, m, n, top float64) float64 {
	t := math.Exp(u) - alpha
	return math.Exp(u*(1-m) - n*math.Log(beta+t) - top)
}
