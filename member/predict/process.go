package predict

import "math"

// process is one model with its parameters; times are in weeks. t is the horizon.
type process interface {
	logLik(x int, tx, age float64) float64
	alive(x int, tx, age float64) float64
	expected(x int, age, t float64) float64 // purchases within t of a member who is alive
	buys(x int, age, t float64) float64     // probability of one within t, alive
}

// betaGeometric is BG/NBD (Fader, Hardie, Lee, 2005) and, with early set, MBG/NBD
// (Batislam, Denizel, Filiztekin, 2007; Hoppe, Wagner, 2007), in which a member may be
// lost right after the first purchase. While he is there he buys at a rate λ, which is
// gamma distributed over members with shape r and rate α; after each purchase he is
// lost with probability p, which is Beta(a, b).
type betaGeometric struct {
	r, alpha, a, b float64
	early          bool
}

// flips is how often the member has been there after a purchase, up to the last one.
func (m betaGeometric) flips(x int) float64 {
	if m.early {
		return float64(x) + 1
	}
	return float64(x)
}

// parts returns the log-likelihoods of having bought like this and being there still,
// and of having been lost with the last purchase.
func (m betaGeometric) parts(x int, tx, age float64) (here, lost float64) {
	n, shape := m.flips(x), m.r+float64(x)
	common := lgamma(shape) - lgamma(m.r) + m.r*math.Log(m.alpha) - lbeta(m.a, m.b)
	here = common + lbeta(m.a, m.b+n) - shape*math.Log(m.alpha+age)
	if n < 1 {
		return here, math.Inf(-1)
	}
	return here, common + lbeta(m.a+1, m.b+n-1) - shape*math.Log(m.alpha+tx)
}

func (m betaGeometric) logLik(x int, tx, age float64) float64 {
	return logAdd(m.parts(x, tx, age))
}

func (m betaGeometric) alive(x int, tx, age float64) float64 {
	here, lost := m.parts(x, tx, age)
	return 1 / (1 + math.Exp(lost-here))
}

// expected is (c/(a−1)) (1 − (1−z)^A ₂F₁(A, B; c; z)), A = r+x, B = b+flips, c = a+B−1,
// z = t/(α+T+t), with c drawn into the series, so that c may be 0, and a kept off its
// removable singularity at 1.
func (m betaGeometric) expected(x int, age, t float64) float64 {
	const near = 1e-6
	if t <= 0 {
		return 0
	}
	a := m.a
	if math.Abs(a-1) < near {
		a = 1 + near
	}
	shape, b := m.r+float64(x), m.b+m.flips(x)
	c := a + b - 1
	rest := -shape * math.Log1p(t/(m.alpha+age))
	return (-c*math.Expm1(rest) - math.Exp(rest+logHyperTail(shape, b, c, t/(m.alpha+age+t)))) / (a - 1)
}

// buys follows from λ's posterior, gamma with shape r+x and rate α+T.
func (m betaGeometric) buys(x int, age, t float64) float64 {
	return -math.Expm1(-(m.r + float64(x)) * math.Log1p(t/(m.alpha+age)))
}

// pareto is Pareto/NBD (Schmittlein, Morrison, Colombo, 1987): the member buys at a rate
// λ ~ gamma(r, α), and is lost at any moment at a rate μ ~ gamma(s, β).
type pareto struct{ r, alpha, s, beta float64 }

func (m pareto) parts(x int, tx, age float64) (here, lost float64) {
	shape := m.r + float64(x)
	common := lgamma(shape) - lgamma(m.r) + m.r*math.Log(m.alpha) + m.s*math.Log(m.beta)
	here = common - shape*math.Log(m.alpha+age) - m.s*math.Log(m.beta+age)
	return here, common + math.Log(m.s) + logLost(m.alpha, m.beta, shape, m.s+1, tx, age)
}

func (m pareto) logLik(x int, tx, age float64) float64 {
	return logAdd(m.parts(x, tx, age))
}

func (m pareto) alive(x int, tx, age float64) float64 {
	here, lost := m.parts(x, tx, age)
	return 1 / (1 + math.Exp(lost-here))
}

// expected is (r+x)(β+T)/((α+T)(s−1)) (1 − ((β+T)/(β+T+t))^(s−1)), a logarithm at s = 1.
func (m pareto) expected(x int, age, t float64) float64 {
	u := math.Log1p(t / (m.beta + age))
	share := u
	if k := m.s - 1; math.Abs(k*u) > 1e-12 {
		share = -math.Expm1(-k*u) / k
	}
	return (m.r + float64(x)) * (m.beta + age) / (m.alpha + age) * share
}

// buys integrates the density of the next purchase over the time it comes first.
func (m pareto) buys(x int, age, t float64) float64 {
	shape := m.r + float64(x)
	log := math.Log(shape) + shape*math.Log(m.alpha+age) + m.s*math.Log(m.beta+age)
	return min(1, math.Exp(log+logLost(m.alpha+age, m.beta+age, shape+1, m.s, 0, t)))
}
