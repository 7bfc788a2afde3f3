package classify

import (
	"runtime"
	"slices"
	"testing"
)

func TestNetsAreRepeatableOnAnyNumberOfCores(t *testing.T) {
	var many []Example
	for range 8 {
		many = append(many, toy()...)
	}
	cfg := Config{Out: "none", Seed: 5}
	s, err := gather(many, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, len(many))
	for i := range all {
		all[i] = i
	}
	told := progress{of: 3}
	a := s.fit(all, &cfg, 1, &told)
	if told.done != 3 || len(a.nets) != 1 || len(a.order) != 1 || len(a.weigh) != len(a.labels) {
		t.Fatalf("%d members: %d nets, %d windows", told.done, len(a.nets), len(a.order))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := s.fit(all, &cfg, 1, &told)
	for text, want := range map[string]string{
		"what happened to the delivery": "order", "please tell me my reward points": "points", "你们几点关门": "hours", "is my what": "", "": "",
	} {
		got := a.Classify(text)
		if got != b.Classify(text) {
			t.Errorf("%q: %+v and %+v", text, got, b.Classify(text))
		}
		if want != "" && got.Label != want {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
	}
}

func TestProgressEndsAtOne(t *testing.T) {
	var shares []float64
	if _, err := Train(toy(), Config{Progress: func(share float64) { shares = append(shares, share) }}); err != nil {
		t.Fatal(err)
	}
	if len(shares) < 2 || !slices.IsSorted(shares) || shares[len(shares)-1] != 1 {
		t.Errorf("progress %v", shares)
	}
}

func TestHowManyNetsAreWorthTheirTime(t *testing.T) {
	for _, test := range []struct {
		quick                  bool
		examples, labels, want int
	}{{false, 300, 15, 0}, {false, 10000, 77, ofEach}, {false, 15000, 151, 1}, {true, 10000, 77, 0}} {
		if got := (&Config{Quick: test.quick}).nets(test.examples, test.labels); got != test.want {
			t.Errorf("%+v: %d", test, got)
		}
	}
}

func TestALabelOfFewExamplesIsNoLessLikely(t *testing.T) {
	w := weighLabels([]int32{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2}, 3, 2)
	if r := w[1] / w[0]; r < 2.99 || r > 3.01 {
		t.Errorf("nine examples and one: %v", w)
	}
	if w[2] != 1 || w[0]+w[1] < 1.99 || w[0]+w[1] > 2.01 {
		t.Errorf("out of scope, and the mean: %v", w)
	}
}

func TestRowsAreAddedWhateverTheirLength(t *testing.T) {
	for _, width := range []int{1, 3, 8, 77} {
		table, out := make([]float32, 4*width), make([]float32, width)
		for i := range table {
			table[i] = float32(i / width)
		}
		ids, values := []int32{3, 1, 3}, []float32{1, 10, 0.5}
		sumRows(out, table, ids, values)
		if out[0] != 14.5 || out[width-1] != 14.5 {
			t.Errorf("width %d: %v", width, out)
		}
		moveRows(table, ids, values, out)
		if table[0] != 0 || table[2*width-1] != 146 || table[3*width] != 3+1.5*14.5 {
			t.Errorf("width %d: %v", width, table)
		}
	}
}
