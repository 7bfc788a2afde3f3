package identify_test

import (
	"fmt"
	"time"

	"huike/dialog/identify"
)

func Example() {
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	register := identify.New([]identify.Record{
		{ID: "m-1", Code: "W20 0AB", First: "Katie", Last: "Marshall", Born: day(1979, 9, 27)},
		{ID: "m-2", Code: "W20 8AD", First: "Kathy", Last: "Martin", Born: day(1979, 9, 7)},
		{ID: "m-3", Code: "G26 5WB", First: "明", Last: "王", Born: day(1990, 12, 31)},
	}, identify.Config{})

	// What the recogniser wrote, with its other readings: nobody said "martial".
	answers := map[identify.Field][]string{
		identify.Code: {"whiskey to 0 0 alpha bee", "whiskey 2 0 0 alpha be"},
		identify.Name: {"Katie martial", "Kate Marshal"},
		identify.Born: {"27th of the 9th 1970 9"},
	}
	caller := register.Begin()
	decision := caller.Decide()
	for decision.Action == identify.Ask {
		fmt.Println("ask for", decision.Field)
		caller.Hear(decision.Field, answers[decision.Field])
		decision = caller.Decide()
	}
	fmt.Println(decision.Action, decision.Candidate.ID)

	caller = register.Begin()
	caller.Hear(identify.Name, []string{"王鸣"})
	caller.Hear(identify.Born, []string{"一九九零年十二月三十一号"})
	fmt.Println(caller.Decide().Action, caller.Decide().Candidate.ID)
	// Output:
	// ask for code
	// ask for name
	// accept m-1
	// accept m-3
}
