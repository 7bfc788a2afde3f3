package churn

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"huike/member/predict"
	"huike/member/predict/dataset"
)

// read reads a set of the evaluation data, which lies beside the project.
func read(t *testing.T, name ...string) [][]predict.Purchase {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "..", "shared", "data"}, name...)...)
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	customers, err := dataset.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	members := make([][]predict.Purchase, len(customers))
	for i, c := range customers {
		members[i] = c.Purchases
	}
	return members
}

func TestLostMembersAreFoundOnHeldOutTime(t *testing.T) {
	tests := []struct {
		name  string
		file  []string
		split time.Time
		n     int
		auc   float64
		bins  float64 // how far a bin may be off
	}{
		{"CDNOW's tenth, 39 weeks and 39 weeks", []string{"cdnow", "CDNOW_sample.txt"}, date(1997, 10, 1), 2357, 0.74, 0.12},
		{"CDNOW, 39 weeks and 39 weeks", []string{"cdnow", "CDNOW_master.txt.gz"}, date(1997, 10, 1), 23570, 0.74, 0.08},
		{"Online Retail, the last quarter", []string{"online_retail", "baskets.csv.gz"}, date(2011, 9, 10), 3370, 0.72, 0.2},
		{"Online Retail, the last half", []string{"online_retail", "baskets.csv.gz"}, date(2011, 6, 10), 2800, 0.72, 0.2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && test.n > 10_000 {
				t.Skip("short: takes seconds")
			}
			trial, err := Try(read(t, test.file...), test.split)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("AUC %.4f, plain %.4f, %d of %d lost; degenerate: %v", trial.AUC, trial.Plain, trial.Lost, trial.N, trial.Degenerate)
			if trial.N != test.n || trial.AUC < test.auc {
				t.Errorf("AUC %.4f of %d members, want %.2f of %d", trial.AUC, trial.N, test.auc, test.n)
			}
			for _, b := range trial.Calibration {
				if math.Abs(b.Predicted-b.Observed) > test.bins {
					t.Errorf("of %d with risk %.2f, %.2f were lost", b.N, b.Predicted, b.Observed)
				}
			}
		})
	}
}

// TestNothingOfTheFutureIsKnown changes what happens after the split: no risk may move.
func TestNothingOfTheFutureIsKnown(t *testing.T) {
	members := made()
	now := start.AddDate(0, 0, 200)
	before, err := Train(members, now, 60*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	changed := made()
	for i := range changed {
		if i%3 == 0 {
			changed[i] = append(changed[i], predict.Purchase{At: now.AddDate(0, 0, 1+i%50), Units: 9, Money: 1 << 30})
		}
	}
	after, err := Train(changed, now, 60*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i := range members {
		if a, b := before.Risk(members[i]), after.Risk(changed[i]); a != b {
			t.Fatalf("member %d had risk %v, and %v with a purchase after that day", i, a, b)
		}
	}
}

var start = date(2026, 1, 1)

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// made is a shop where two members in three come about every 10 to 40 days, and half of
// these stop one day.
func made() [][]predict.Purchase {
	var members [][]predict.Purchase
	for i := range 300 {
		gap, stop := 10+i%31, 300
		switch i % 3 {
		case 0:
			stop = 1
		case 1:
			stop = 40 + i%150
		}
		var all []predict.Purchase
		for at := i % 40; at < i%40+stop && at <= 200; at += gap + (at*7+i)%5 {
			all = append(all, predict.Purchase{At: start.AddDate(0, 0, at), Units: 1 + i%3, Money: int64(1000 + i)})
		}
		members = append(members, all)
	}
	return members
}

func TestAYoungShopHasNoPast(t *testing.T) {
	if _, err := Train(made()[:5], start.AddDate(0, 0, 200), 60*24*time.Hour); !errors.Is(err, ErrNoPast) {
		t.Errorf("five members: %v", err)
	}
	if _, err := Train(nil, start, 60*24*time.Hour); !errors.Is(err, ErrNoPast) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := Train(made(), start.AddDate(0, 0, 200), time.Hour); err == nil || errors.Is(err, ErrNoPast) {
		t.Errorf("a horizon of an hour: %v", err)
	}
	if _, err := Try(made(), start.AddDate(1, 0, 0)); err == nil {
		t.Error("a split after the end was taken")
	}
}

func TestWarn(t *testing.T) {
	bought := []predict.Purchase{{At: start}, {At: start.AddDate(0, 0, 20)}, {At: start.AddDate(0, 0, 50)}, {At: start.AddDate(0, 0, 70)}}
	tests := []struct {
		name    string
		bought  []predict.Purchase
		day     int
		reading Reading
		known   bool
		overdue bool
	}{
		{"half of a cycle of 20 days is not over yet", bought, 80, HalfCycle, true, false},
		{"more than half of it is", bought, 81, HalfCycle, true, true},
		{"one and a half are not over yet", bought, 100, HalfOverdue, true, false},
		{"more than one and a half are", bought, 101, HalfOverdue, true, true},
		{"what comes later is not known", bought, 55, HalfCycle, true, false},
		{"somebody who came once has no cycle", bought[:1], 200, HalfCycle, false, false},
		{"twice on one day is once", []predict.Purchase{{At: start}, {At: start.Add(time.Hour)}}, 200, HalfCycle, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, ok := Warn(test.bought, start.AddDate(0, 0, test.day), test.reading)
			if ok != test.known || w.Overdue != test.overdue {
				t.Errorf("%+v, %v", w, ok)
			}
		})
	}
}

func TestAUC(t *testing.T) {
	lost := []bool{false, false, true, true}
	for want, risk := range map[float64][]float64{1: {.1, .2, .3, .4}, 0: {.4, .3, .2, .1}, 0.5: {.5, .5, .5, .5}, 0.875: {.1, .3, .3, .4}} {
		if got := AUC(risk, lost); got != want {
			t.Errorf("%v: %v, want %v", risk, got, want)
		}
	}
	if !math.IsNaN(AUC([]float64{1}, []bool{true})) {
		t.Error("nobody to compare with has an AUC")
	}
}

func TestCalibrate(t *testing.T) {
	got := Calibrate([]float64{.9, .1, .8, .2}, []bool{true, false, false, true}, 2)
	if len(got) != 2 || got[0].N != 2 || math.Abs(got[0].Predicted-.15) > 1e-9 || got[0].Observed != 0.5 || math.Abs(got[1].Predicted-.85) > 1e-9 {
		t.Errorf("%+v", got)
	}
}
