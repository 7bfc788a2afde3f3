package jitter

import (
	"testing"
	"time"
)

// hears feeds observations of half a second: a stall of late after each of the
// spacings, and nothing for the time since.
func hears(late []time.Duration, spacings []int, since int) *stalls {
	s := &stalls{}
	const bound = 40 * time.Millisecond
	for i, n := range spacings {
		for range n - 1 {
			s.hear(5*time.Millisecond, bound)
		}
		s.hear(late[i%len(late)], bound)
	}
	for range since {
		s.hear(5*time.Millisecond, bound)
	}
	return s
}

func TestStallsAreExpectedWhenTheyAreDue(t *testing.T) {
	long := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond}
	both, one := 150*time.Millisecond, 100*time.Millisecond
	for name, c := range map[string]struct {
		spacings []int
		since    int
		lull     bool
		risk     time.Duration
	}{
		"none has been heard of":               {nil, 30, false, 0},
		"one, and as long before it was none":  {[]int{20}, 5, true, one},
		"one, and the next may come":           {[]int{20}, 11, false, one},
		"one, and no other for twice as long":  {[]int{20}, 40, false, 0},
		"at even distances, just after one":    {[]int{20, 20, 18, 22}, 1, true, both},
		"at even distances, at the stall":      {[]int{20, 20, 18, 22}, 0, false, both},
		"at even distances, before the next":   {[]int{20, 20, 18, 22}, 10, false, both},
		"at even distances, until they stop":   {[]int{20, 20, 18, 22}, 44, false, 0},
		"in groups":                            {[]int{20, 2, 20, 2}, 1, false, 0},
		"in groups, when there is no more":     {[]int{20, 2, 20, 2}, 30, false, 0},
		"every few seconds":                    {[]int{5, 6, 7, 5}, 1, false, 0},
		"a group, and even distances after it": {[]int{2, 20, 20, 20, 20}, 3, true, both},
	} {
		lull, risk := hears(long, c.spacings, c.since).outlook()
		if lull != c.lull || risk != c.risk {
			t.Errorf("%s: lull %t, risk %v; want %t, %v", name, lull, risk, c.lull, c.risk)
		}
	}
}

func TestAStallThatLastsIsOne(t *testing.T) {
	s := &stalls{}
	for _, late := range []int{5, 5, 150, 120, 60, 5} {
		s.hear(time.Duration(late)*time.Millisecond, 40*time.Millisecond)
	}
	if s.n != 1 || s.known[0].late != 150*time.Millisecond || s.known[0].after != 3 {
		t.Errorf("%d stalls, the newest %+v", s.n, s.known[0])
	}
}
