package audit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"huike/member/audit"
)

func TestEveryFieldIsSealed(t *testing.T) {
	row := audit.Row{At: time.UnixMilli(1000), Member: "m", Reader: "r", Role: "o", Purpose: "p", Call: "c", Action: "a", Fields: "f", Outcome: "u"}
	sealed := audit.Head{}.Next(&row)
	for name, change := range map[string]func(r *audit.Row){
		"at": func(r *audit.Row) { r.At = r.At.Add(time.Millisecond) }, "member": func(r *audit.Row) { r.Member = "n" },
		"reader": func(r *audit.Row) { r.Reader = "" }, "role": func(r *audit.Row) { r.Role = "oo" },
		"purpose": func(r *audit.Row) { r.Purpose, r.Call = "pc", "" }, "call": func(r *audit.Row) { r.Call, r.Action = "", "ca" },
		"action": func(r *audit.Row) { r.Action = "b" }, "fields": func(r *audit.Row) { r.Fields, r.Outcome = "fu", "" },
		"outcome": func(r *audit.Row) { r.Outcome = "v" },
	} {
		other := row
		change(&other)
		if (audit.Head{}.Next(&other)).Seal == sealed.Seal {
			t.Errorf("another %s has the same seal", name)
		}
	}
}

func TestHeadsAreReadAsTheyArePrinted(t *testing.T) {
	head := audit.Head{Seq: 3}.Next(&audit.Row{Reader: "huike"})
	if got, err := audit.ParseHead(head.String()); got != head || err != nil {
		t.Errorf("%v, %v; want %v", got, err, head)
	}
	for _, text := range []string{"", ":", "4", "x:" + head.String()[2:], "4:AA", "-1" + head.String()[1:], head.String() + "A"} {
		if _, err := audit.ParseHead(text); err == nil {
			t.Errorf("%q is a head", text)
		}
	}
}

func ExampleChecker() {
	first, second := audit.Row{Reader: "huike", Action: audit.Find}, audit.Row{Reader: "agent 7", Action: audit.Get}
	one := audit.Head{}.Next(&first)
	two := one.Next(&second)
	second.Reader = "nobody" // who has the database changes a row

	var check audit.Checker
	fmt.Println(check.Add(&audit.Sealed{Head: one, Row: first}))
	err := check.Add(&audit.Sealed{Head: two, Row: second})
	fmt.Println(err, errors.Is(err, audit.ErrChanged))
	// Output:
	// <nil>
	// row 2: the row is not what was written true
}
