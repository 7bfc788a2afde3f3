package floor_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio/rttm"
	"huike/session/floor"
)

const text = `# lang en
# start	end	kind	who	complete	words
5.000	7.000	turn	caller	yes	I would like to know where it is
5.800	6.300	pause	caller	-
8.500	8.800	backchannel	caller	-	okay
14.000	14.400	tic	caller	-	[cough]
18.000	19.500	interruption	caller	yes	Stop
`

func span(from, to float64) rttm.Span {
	return rttm.Span{From: time.Duration(from * 1e9), To: time.Duration(to * 1e9)}
}

// The agent answers after 300 ms, speaks through the okay, and yields in 200 ms.
func Example() {
	labels, err := floor.Parse(strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	var t floor.Tally
	t.Add(labels, []floor.Agent{{Span: span(7.3, 12), Ended: true}, {Span: span(17, 18.2)}, {Span: span(19.9, 21), Ended: true}}, time.Minute, 0)
	m := t.Measures()
	fmt.Printf("L_R %.2f L_Y %.2f R_R %.0f R_Y %.0f I_A %.0f S_BC %.0f S_VT %.0f", m.LR, m.LY, m.RR, m.RY, m.IA, m.SBC, m.SVT)
	// Output: L_R 0.35 L_Y 0.20 R_R 1 R_Y 1 I_A 0 S_BC 1 S_VT 1
}

func TestWhatGoesWrongIsCounted(t *testing.T) {
	t.Parallel()
	labels, err := floor.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		agent []floor.Agent
		wrong func(m floor.Measures) bool
	}{
		{"an agent that speaks in the pause has cut the turn off", []floor.Agent{{Span: span(6.1, 6.6)}, {Span: span(7.4, 12), Ended: true}}, func(m floor.Measures) bool {
			return m.CutOff == 50 && m.IA == 0.5
		}},
		{"an agent that says nothing has missed the turns", nil, func(m floor.Measures) bool { return m.RR == 0 && m.Missed == 100 }},
		{"an agent that stops for 300 ms at an okay has yielded", []floor.Agent{{Span: span(7.4, 8.6)}, {Span: span(8.9, 12), Ended: true}}, func(m floor.Measures) bool {
			return m.SBC == 0 && m.FalseStop == 100 && m.ResumeP95 == 300
		}},
		{"one that stops for 100 ms has not, but has paused", []floor.Agent{{Span: span(7.4, 8.6)}, {Span: span(8.7, 12), Ended: true}}, func(m floor.Measures) bool {
			return m.SBC == 1 && m.FalseStop == 100
		}},
		{"an agent that answers a cough is not rightly silent", []floor.Agent{{Span: span(7.4, 12), Ended: true}, {Span: span(15, 16), Ended: true}}, func(m floor.Measures) bool {
			return m.SVT == 0
		}},
		{"an agent that speaks on for more than 2 s does not yield", []floor.Agent{{Span: span(7.4, 12), Ended: true}, {Span: span(17, 21), Ended: true}}, func(m floor.Measures) bool {
			return m.RY == 0
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tally floor.Tally
			tally.Add(labels, test.agent, time.Minute, 0)
			if m := tally.Measures(); !test.wrong(m) {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestWhatComesAfterTheEndIsNotMeasured(t *testing.T) {
	t.Parallel()
	labels, err := floor.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var tally floor.Tally
	tally.Add(labels, []floor.Agent{{Span: span(7.4, 12), Ended: true}}, 13*time.Second, 0)
	if m := tally.Measures(); m.Turns != 1 || m.AfterEnd != 2 || m.RR != 1 {
		t.Errorf("%+v", m)
	}
}

func TestLabelsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	labels, err := floor.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := labels.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	again, err := floor.Parse(strings.NewReader(b.String()))
	if diff := cmp.Diff(labels, again); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestRTTMMakesTurnsOfWhatIsCloseTogether(t *testing.T) {
	t.Parallel()
	labels := floor.FromRTTM([]rttm.Segment{
		{Speaker: "ann", Span: span(1, 2)}, {Speaker: "ann", Span: span(2.5, 3)}, {Speaker: "backchannel", Span: span(5, 5.3)}, {Speaker: "ann", Span: span(6, 7)},
	})
	want := []floor.Label{
		{Span: span(1, 3), Kind: floor.Turn, Who: "ann", Complete: true},
		{Span: span(2, 2.5), Kind: floor.Pause, Who: "ann"},
		{Span: span(5, 5.3), Kind: floor.Backchannel, Who: "backchannel", Complete: true},
		{Span: span(6, 7), Kind: floor.Turn, Who: "ann", Complete: true},
	}
	if diff := cmp.Diff(want, labels.Labels); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(text)
	f.Add("1\t0\tturn")
	f.Add("NaN\t1\tturn")
	f.Fuzz(func(t *testing.T, text string) {
		labels, err := floor.Parse(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, floor.ErrFormat) && !strings.Contains(err.Error(), "too long") {
				t.Fatal(err)
			}
			return
		}
		var tally floor.Tally
		tally.Add(labels, []floor.Agent{{Span: span(0, 1)}, {Span: span(3, 9), Ended: true}}, time.Minute, 0)
		if m := tally.Measures(); math.IsNaN(m.LR) || m.RR > 1 || m.SBC > 1 {
			t.Fatalf("%+v", m)
		}
	})
}
