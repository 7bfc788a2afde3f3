package dialog_test

import (
	"encoding/json"
	"fmt"

	"huike/dialog"
)

// What a caller was taken to mean, as the journal keeps it.
func Example() {
	understood := dialog.Understanding{
		Intent: "order.status", Score: 0.93,
		Slots: []dialog.Slot{{Name: "order_number", Value: "10023", Heard: "one double oh two three"}},
	}
	line, err := json.Marshal(understood)
	fmt.Println(string(line), err)
	// Output:
	// {"intent":"order.status","score":0.93,"slots":[{"name":"order_number","value":"10023","heard":"one double oh two three"}]} <nil>
}
