package knowledge_test

import (
	"fmt"
	"strings"

	"huike/dialog"
	"huike/dialog/knowledge"
)

func Example() {
	entries, refused, err := knowledge.ReadCSV(strings.NewReader(`question,phrasings,answer_en,valid_until
Can I bring my dog?,Are pets allowed in the store?|may I come in with my puppy,Small pets are welcome.,
Is there parking?,Where can I park my car?,"Yes, below the store.",soon
`))
	fmt.Println(len(entries), refused, err)
	base := knowledge.New(entries)
	answer, ok := base.Find("Could I come with my dog?", dialog.English, "2026-05-18")
	fmt.Println(answer.Text, ok)
	_, ok = base.Find("Who won the game?", dialog.English, "2026-05-18")
	fmt.Println(ok)
	// Output:
	// 1 [line 3: valid_until "soon": want a day as 2006-01-02] <nil>
	// Small pets are welcome. true
	// false
}
