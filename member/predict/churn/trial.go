package churn

import (
	"errors"
	"time"

	"huike/member/predict"
)

// Trial is how a model did on a time that it had not seen.
type Trial struct {
	N           int             `json:"n"`
	AUC         float64         `json:"auc"`
	Calibration []Bin           `json:"calibration"` // ten of them
	Plain       float64         `json:"-"`           // the AUC of BG/NBD, or of what stands in for it, alone
	Lost        int             `json:"-"`           // of N
	Rules       map[Reading]Hit `json:"-"`
	Degenerate  error           `json:"-"` // why BG/NBD itself could not be fitted, or nil
}

// Hit is how the shop floor's rule did among members with a cycle, in both readings.
type Hit struct {
	Members, Warned, Right, Lost int
}

// Precision returns the share of the warned who were lost, 0 where nobody was warned.
func (h Hit) Precision() float64 { return float64(h.Right) / float64(max(1, h.Warned)) }

// Recall returns the share of the lost who were warned of.
func (h Hit) Recall() float64 { return float64(h.Right) / float64(max(1, h.Lost)) }

// Try trains on what members bought before the day of split, and holds the score to
// what they did from that day on, up to the last purchase of all. Members who had not
// bought before it do not count.
func Try(members [][]predict.Purchase, split time.Time) (Trial, error) {
	now, end := split.Add(-24*time.Hour), time.Time{}
	for _, purchases := range members {
		for _, p := range purchases {
			if p.At.After(end) {
				end = p.At
			}
		}
	}
	if !end.After(split) {
		return Trial{}, errors.New("no purchase after the split: name an earlier day")
	}
	m, err := Train(members, now, end.Sub(now))
	if err != nil {
		return Trial{}, err
	}
	t := Trial{Rules: map[Reading]Hit{}, Degenerate: m.Degenerate()}
	var risk, plain []float64
	var lost []bool
	for _, purchases := range members {
		s, ok := predict.Summarize(purchases, now)
		if !ok {
			continue
		}
		gone := len(predict.Days(purchases, end)) == s.Repeats+1
		risk, lost = append(risk, m.Risk(purchases)), append(lost, gone)
		plain = append(plain, 1-m.base.buys(s, m.horizon))
		t.rules(purchases, now, gone)
		if gone {
			t.Lost++
		}
	}
	t.N, t.AUC, t.Plain = len(risk), AUC(risk, lost), AUC(plain, lost)
	t.Calibration = Calibrate(risk, lost, 10)
	return t, nil
}

func (t *Trial) rules(purchases []predict.Purchase, now time.Time, gone bool) {
	for _, reading := range []Reading{HalfCycle, HalfOverdue} {
		w, ok := Warn(purchases, now, reading)
		if !ok {
			continue
		}
		h := t.Rules[reading]
		h.Members++
		if w.Overdue {
			h.Warned++
		}
		if gone {
			h.Lost++
		}
		if w.Overdue && gone {
			h.Right++
		}
		t.Rules[reading] = h
	}
}
