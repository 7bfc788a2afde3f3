package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatMembersWillDoIsForetold(t *testing.T) {
	data := "--data=" + t.TempDir()
	if out, err := told(t, "member", "generate", "--members=60", "--events=1500", "--seed=5", data); err != nil {
		t.Fatal(out, err)
	}
	listed := func(args ...string) (members []string) {
		t.Helper()
		out, err := told(t, append([]string{"member", "forecast", "--json", data}, args...)...)
		if err != nil {
			t.Fatal(out, err)
		}
		for line := range strings.Lines(out) {
			var one struct {
				Member, Next, From, To string
				Half, Overdue          bool
			}
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(line, err)
			}
			if one.Next < one.From || one.Next > one.To || one.Overdue && !one.Half {
				t.Error(line)
			}
			members = append(members, one.Member)
		}
		return members
	}
	all := listed()
	if len(all) == 0 || len(listed(all[0])) != 1 {
		t.Fatalf("%d members", len(all))
	}
	half, overdue := listed("--warn=half"), listed("--warn=overdue")
	if len(half) == 0 || len(overdue) > len(half) || len(half) > len(all) {
		t.Errorf("of %d members %d are silent for half a gap, %d for one and a half", len(all), len(half), len(overdue))
	}
	if who := listed("nobody"); len(who) != 0 {
		t.Error(who)
	}
}
