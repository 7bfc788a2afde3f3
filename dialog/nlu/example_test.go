package nlu_test

import (
	"fmt"

	"huike/dialog"
	"huike/dialog/nlu"
)

func Example() {
	u, err := nlu.New(nlu.Definition{
		Intents: []nlu.IntentData{{
			Intent:   "stock",
			Examples: nlu.Texts{dialog.English: {"do you have the tent in stock"}, dialog.Chinese: {"帐篷有货吗"}},
		}},
		Names: map[string][]nlu.Name{"product": {{ID: "tent", EN: []string{"tent"}, ZH: []string{"帐篷"}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	got := u.Understand(dialog.English, "Have you got the tent in stock?", nil, nlu.Expect{})
	fmt.Println(got.Intent, got.Slots[0].Name, got.Slots[0].Value)
	// Output: stock product tent
}
