package predict

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// summaries reads the CDNOW cohort of Fader and Hardie: ID, x, t_x, T, zbar in weeks.
func summaries(t *testing.T) []Summary {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "cdnow.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []Summary
	for _, row := range rows[1:] {
		var v [4]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, Summary{Repeats: int(v[0]), Recency: days(v[1]), Age: days(v[2]), Spend: v[3]})
	}
	return all
}

// TestPublishedFits holds the fits to what the papers print, to the last digit printed.
func TestPublishedFits(t *testing.T) {
	members := summaries(t)
	if len(members) != 2357 {
		t.Fatalf("%d members, want the 2,357 of the papers", len(members))
	}
	tests := []struct {
		kind   Kind
		from   string
		want   map[string]float64
		logLik float64 // 0: not published
	}{
		{BGNBD, "Fader, Hardie, Lee 2005, table 2", map[string]float64{"r": .243, "alpha": 4.414, "a": .793, "b": 2.426}, -9582.4},
		{ParetoNBD, "the same", map[string]float64{"r": .553, "alpha": 10.578, "s": .606, "beta": 11.669}, -9595.0},
		{MBGNBD, "the tests of lifetimes", map[string]float64{"r": .525, "alpha": 6.183, "a": .891, "b": 1.614}, 0},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			f, err := Fit(test.kind, members)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range test.want {
				if got := f.Params[name]; math.Abs(got-want) > 0.00051 {
					t.Errorf("%s is %.5f, want %.3f", name, got, want)
				}
			}
			if test.logLik != 0 && math.Abs(f.LogLik-test.logLik) > 0.051 {
				t.Errorf("log-likelihood %.2f, want %.1f", f.LogLik, test.logLik)
			}
			if f.Members != 2357 || f.Repeaters != 946 {
				t.Errorf("%d members, %d repeaters", f.Members, f.Repeaters)
			}
		})
	}
}

func TestPublishedMoney(t *testing.T) {
	m, _, err := FitMoney(summaries(t))
	if err != nil {
		t.Fatal(err)
	}
	// Fader and Hardie's note of 2013 prints 6.25, 3.74 and 15.44; the top of the
	// likelihood is flat.
	if math.Abs(m.P-6.25) > 0.01 || math.Abs(m.Q-3.74) > 0.01 || math.Abs(m.V-15.44) > 0.02 {
		t.Errorf("p %.3f, q %.3f, v %.3f", m.P, m.Q, m.V)
	}
	// The same note: a member with zbar 22.35 of two is expected to spend 24.66 each time.
	if got, ok := m.Expected(Summary{Repeats: 2, Spend: 22.35}); !ok || math.Abs(got-24.66) > 0.01 {
		t.Errorf("expected spend %.2f", got)
	}
}

// TestPublishedForecasts holds single members to published figures: Fader and Hardie's
// member with x 2, t_x 30.43 and T 38.86.
func TestPublishedForecasts(t *testing.T) {
	bg, err := New(BGNBD, map[string]float64{"r": .243, "alpha": 4.414, "a": .793, "b": 2.426})
	if err != nil {
		t.Fatal(err)
	}
	s := Summary{Repeats: 2, Recency: days(30.43), Age: days(38.86)}
	if got := bg.Expected(s, 39*week); math.Abs(got-1.226) > 0.001 {
		t.Errorf("BG/NBD expects %.4f purchases in 39 weeks, want 1.226", got)
	}
	pareto, err := New(ParetoNBD, map[string]float64{"r": .5534, "alpha": 10.5776, "s": .6061, "beta": 11.6688})
	if err != nil {
		t.Fatal(err)
	}
	// McCarthy and Wadsworth's BTYD walkthrough: x 26, t_x 30.86, T 31.00.
	s = Summary{Repeats: 26, Recency: days(30.86), Age: days(31)}
	if got := pareto.Alive(s); math.Abs(got-0.9979) > 0.0002 {
		t.Errorf("Pareto/NBD: alive %.4f, want 0.9979", got)
	}
	if got := pareto.Expected(s, 52*week); math.Abs(got-25.46) > 0.02 {
		t.Errorf("Pareto/NBD expects %.2f in 52 weeks, want 25.46", got)
	}
}

func days(weeks float64) time.Duration {
	return time.Duration(math.Round(weeks*7)) * 24 * time.Hour
}
