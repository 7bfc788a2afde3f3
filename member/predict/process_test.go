package predict

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestHyperTail(t *testing.T) {
	for _, v := range [][4]float64{{0.243, 7.4, 4.2, 0.3}, {2.2, 4.4, 4.2, 0.5}, {26.6, 2.4, 30, 0.9}, {5, 1, 0.5, 0.7}} {
		want := v[2] * (mathext.Hypergeo(v[0], v[1], v[2], v[3]) - 1)
		if got := math.Exp(logHyperTail(v[0], v[1], v[2], v[3])); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%v: %.12g, want %.12g", v, got, want)
		}
	}
	if got := logHyperTail(3000, 50, 2, 0.99); math.IsInf(got, 0) || math.IsNaN(got) {
		t.Errorf("a large sum overflows: %v", got)
	}
	// c = 0: Σ (a)_n z^n (b)_n / ((1)_{n-1} n!) with a = b = 1 is z/(1−z)².
	if got, want := math.Exp(logHyperTail(1, 1, 0, 0.5)), 2.0; math.Abs(got-want) > 1e-12 {
		t.Errorf("at the pole c = 0: %v, want %v", got, want)
	}
}

// simpson integrates without any of the code under test.
func simpson(f func(float64) float64, from, to float64, n int) float64 {
	h := (to - from) / float64(n)
	sum := f(from) + f(to)
	for i := 1; i < n; i++ {
		sum += f(from+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

func TestLost(t *testing.T) {
	for _, v := range [][6]float64{
		{10.578, 11.669, 0.553, 1.606, 0, 38.86},
		{11.669, 10.578, 26.553, 1.606, 30.86, 31},
		{4, 400, 60, 3, 5, 300},
		{400, 4, 3, 60, 5, 300},
		{1e-2, 3, 0.2, 1.1, 1, 50},
		{5, 5, 300, 20, 2, 12},
	} {
		alpha, beta, m, n := v[0], v[1], v[2], v[3]
		low := m*math.Log(alpha+v[4]) + n*math.Log(beta+v[4])
		want := simpson(func(at float64) float64 {
			return math.Exp(low - m*math.Log(alpha+at) - n*math.Log(beta+at))
		}, v[4], v[5], 200_000)
		if got := math.Exp(logLost(alpha, beta, m, n, v[4], v[5]) + low); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%v: %.12g, want %.12g", v, got, want)
		}
	}
}

// TestForecastsAgreeWithSimulation draws members' hidden rates from the model, keeps
// those whose past is like that of the member, and counts what they do afterwards.
func TestForecastsAgreeWithSimulation(t *testing.T) {
	const age, ahead = 20.0, 30.0
	for _, kind := range []Kind{BGNBD, MBGNBD, ParetoNBD} {
		t.Run(string(kind), func(t *testing.T) {
			v := [4]float64{1.2, 5, 1.1, 3}
			if kind == ParetoNBD {
				v = [4]float64{1.2, 5, 1.4, 20}
			}
			m := built(kind, v)
			random := rand.New(rand.NewPCG(7, 7))
			type tally struct{ n, expected, buys, bought, later, squares float64 }
			var like [3]tally // by x, of members with x repeats
			for range 100_000 {
				past, future := simulate(kind, v, random, age, age+ahead)
				if len(past) >= len(like) {
					continue
				}
				s := Summary{Repeats: len(past), Age: days(age)}
				if len(past) > 0 {
					s.Recency = time.Duration(past[len(past)-1] * float64(week))
				}
				c := &like[len(past)]
				c.n++
				c.expected += m.Expected(s, days(ahead))
				c.buys += m.Buys(s, days(ahead))
				c.later += float64(future)
				c.squares += float64(future * future)
				c.bought += min(1, float64(future))
			}
			for x, c := range like {
				if c.n < 1000 {
					t.Fatalf("only %v members with %d repeats", c.n, x)
				}
				if off := (c.bought - c.buys) / c.n; math.Abs(off) > 0.012 {
					t.Errorf("x %d: %.4f buy, %.4f foretold", x, c.bought/c.n, c.buys/c.n)
				}
				mean := c.later / c.n
				if off := (mean - c.expected/c.n) / math.Sqrt((c.squares/c.n-mean*mean)/c.n); math.Abs(off) > 3 {
					t.Errorf("x %d: %.4f purchases, %.4f foretold: %.1f standard errors apart", x, mean, c.expected/c.n, off)
				}
			}
		})
	}
}

// simulate draws one member: the times of his repeat purchases up to age, and how many
// follow until end.
func simulate(kind Kind, v [4]float64, random *rand.Rand, age, end float64) (past []float64, later int) {
	rate := distuv.Gamma{Alpha: v[0], Beta: v[1], Src: random}.Rand()
	p, death := 0.0, math.Inf(1)
	if kind == ParetoNBD {
		death = random.ExpFloat64() / distuv.Gamma{Alpha: v[2], Beta: v[3], Src: random}.Rand()
	} else {
		p = distuv.Beta{Alpha: v[2], Beta: v[3], Src: random}.Rand()
	}
	at := 0.0
	if kind == MBGNBD && random.Float64() < p {
		return nil, 0
	}
	for {
		if at += random.ExpFloat64() / rate; at > min(end, death) {
			return past, later
		}
		if at <= age {
			past = append(past, at)
		} else {
			later++
		}
		if random.Float64() < p {
			return past, later
		}
	}
}

// TestFitFindsWhatWasSimulated fits members that the model itself made.
func TestFitFindsWhatWasSimulated(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	v := [4]float64{0.8, 6, 1.2, 3}
	var members []Summary
	for range 8000 {
		age := 20 + 30*random.Float64()
		past, _ := simulate(BGNBD, v, random, age, age)
		s := Summary{Repeats: len(past), Age: time.Duration(age * float64(week))}
		if len(past) > 0 {
			s.Recency = time.Duration(past[len(past)-1] * float64(week))
		}
		members = append(members, s)
	}
	f, err := Fit(BGNBD, members)
	if err != nil {
		t.Fatal(err)
	}
	truth := 0.0
	m := built(BGNBD, v)
	for _, s := range members {
		truth += m.LogLik(s)
	}
	if f.LogLik < truth || f.LogLik > truth+12 {
		t.Errorf("log-likelihood %.2f, %.2f at the truth", f.LogLik, truth)
	}
	if mean := f.Params["r"] / f.Params["alpha"]; math.Abs(mean/(v[0]/v[1])-1) > 0.1 {
		t.Errorf("mean rate %.4f, want %.4f", mean, v[0]/v[1])
	}
}

func TestDegenerateFitsAreReported(t *testing.T) {
	alike := make([]Summary, 500)
	for i := range alike {
		alike[i] = Summary{Repeats: 10, Recency: 40 * week, Age: 41 * week, Spend: 10}
	}
	young := make([]Summary, 500)
	for i := range young {
		young[i] = Summary{Age: time.Duration(i) * week / 20}
	}
	for name, members := range map[string][]Summary{"everyone is the same": alike, "nobody came back": young, "nobody": nil} {
		for _, kind := range []Kind{BGNBD, MBGNBD, ParetoNBD} {
			f, err := Fit(kind, members)
			if !errors.Is(err, ErrDegenerate) {
				t.Errorf("%s: %s: %v with %v", name, kind, err, f.Params)
			}
			if f.Alive(Summary{Age: week}) != 0 || f.Params != nil {
				t.Errorf("%s: %s: a degenerate fit still foretells", name, kind)
			}
		}
		if _, _, err := FitMoney(members); !errors.Is(err, ErrDegenerate) {
			t.Errorf("%s: gammagamma: %v", name, err)
		}
	}
	if _, err := Fit("poisson", alike); err == nil || errors.Is(err, ErrDegenerate) {
		t.Errorf("an unknown model: %v", err)
	}
	if _, err := Fit(BGNBD, []Summary{{Repeats: 1, Recency: 2 * week, Age: week}}); err == nil {
		t.Error("a purchase after the end was taken")
	}
}

func TestExtremesStayNumbers(t *testing.T) {
	for _, kind := range []Kind{BGNBD, MBGNBD, ParetoNBD} {
		for _, v := range [][4]float64{{0.01, 0.01, 0.01, 0.01}, {50, 1e4, 1, 0.5}, {0.2, 4, 0.4, 0.6}, {1, 1, 1, 1}, {300, 0.1, 90, 700}} {
			m := built(kind, v)
			for _, x := range []int{0, 1, 7, 400, 3000} {
				for _, since := range []time.Duration{0, week, 300 * week} {
					s := Summary{Repeats: x, Age: 52*week + since}
					if x > 0 {
						s.Recency = 52 * week
					}
					alive, l := m.Alive(s), m.LogLik(s)
					expected, buys := m.Expected(s, 52*week), m.Buys(s, 52*week)
					if !(alive >= 0 && alive <= 1) || !(buys >= 0 && buys <= alive+1e-12) || !(expected >= buys*(1-1e-6)) || math.IsInf(expected, 0) || math.IsNaN(l) || math.IsInf(l, 0) {
						t.Errorf("%s %v x %d after %v: alive %v, buys %v, expected %v, log %v", kind, v, x, since, alive, buys, expected, l)
					}
				}
			}
		}
	}
}

func TestWaitIsWhereItBuys(t *testing.T) {
	s := Summary{Repeats: 5, Recency: 30 * week, Age: 33 * week}
	for _, kind := range []Kind{BGNBD, ParetoNBD} {
		v := [4]float64{0.553, 10.578, 0.606, 11.669}
		m := built(kind, v)
		ever := m.p.buys(5, 33, 1e9)
		for _, share := range []float64{0.1, 0.5, 0.9} {
			if got := m.p.buys(5, 33, weeks(m.Wait(s, share))) / ever; math.Abs(got-share) > 1e-6 {
				t.Errorf("%s: by the wait for %.1f, %.4f have bought", kind, share, got)
			}
		}
	}
}

func BenchmarkForecastBGNBD(b *testing.B) {
	m := built(BGNBD, [4]float64{.243, 4.414, .793, 2.426})
	s := Summary{Repeats: 4, Recency: 30 * week, Age: 38 * week}
	b.ReportAllocs()
	for b.Loop() {
		m.Expected(s, 39*week)
	}
}

func newRandom() *rand.Rand { return rand.New(rand.NewPCG(3, 4)) }
