package llm_test

import (
	"fmt"
	"testing"

	"huike/dialog"
	"huike/dialog/llm"
)

func ExampleVeil() {
	var v llm.Veil
	fmt.Println(v.Hide("cancel 10026, I am on 13800001234", []dialog.Slot{{Name: "order_number", Value: "10026", Heard: "10026"}}))
	fmt.Println(v.Show("Shall I cancel [order_number_1]?"))
	fmt.Println(v.Show("Shall I cancel 10027?"))
	// Output:
	// cancel [order_number_1], I am on ###****####
	// Shall I cancel 10026? true
	// Shall I cancel 10027? false
}

func FuzzVeil(f *testing.F) {
	f.Add("cancel 10026 [x_1]", "10026")
	f.Add("我的手机号是13800001234", "手机")
	f.Fuzz(func(_ *testing.T, text, heard string) {
		var v llm.Veil
		hidden := v.Hide(text, []dialog.Slot{{Name: "order_number", Heard: heard}})
		v.Show(hidden)
		v.Behind(hidden)
	})
}
