package flow_test

import (
	"fmt"

	"huike/dialog"
	"huike/dialog/flow"
)

func Example() {
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	call := flow.New(def, dialog.English)
	call.Step(flow.Input{Kind: flow.Begin, Person: &flow.Person{Known: true, Address: "Ms Zhang"}})

	out := call.Step(flow.Input{Kind: flow.Words, Text: "Where's my order?"})
	fmt.Println(out.Understood.Intent, out.Operations[0].Name)

	out = call.Step(flow.Input{Kind: flow.Done, Result: &flow.Result{
		ID: out.Operations[0].ID, OK: true,
		Rows: []map[string]string{{"number": "10023", "status": "shipped"}},
	}})
	fmt.Println(out.Acts[0].Name, out.Acts[0].Args["order_number"])
	// Output:
	// order.status order.status
	// order.status.shipped 10023
}
