package golden_test

import (
	"fmt"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/flow/golden"
)

func Example() {
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	script := golden.Script{Name: "points", Lang: dialog.English, Turns: []golden.Turn{
		{Caller: "How many points do I have?", Acts: []string{"points.balance", "anything_else"}},
	}}
	differences, err := script.Play(def)
	fmt.Println(len(differences), err)
	// Output: 0 <nil>
}
