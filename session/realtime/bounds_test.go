package realtime

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsKeptForAClientIsBounded(t *testing.T) {
	d := greeted(t, "")
	long := strings.Repeat("x", itemLimit)
	deep := strings.TrimSuffix(strings.Repeat("{\"a\":1},", itemLimit/100), ",")
	history := `{"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":%q}]}}`
	for name, test := range map[string]struct{ event, told string }{
		"an item of long words": {fmt.Sprintf(history, long), "error invalid_value"},
		"an item of many parts": {`{"type":"conversation.item.create","item":{"type":"function_call","x":[` + deep + `]}}`, "error invalid_value"},
		"what a function gave, without an end": {
			`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"` + long + `"}}`, "error invalid_value",
		},
		"a session that nobody knows the use of": {
			`{"type":"session.update","session":{"type":"realtime","x":"` + strings.Repeat("x", sessionLimit) + `"}}`, "error invalid_value",
		},
		"a response with a history of its own": {
			`{"type":"response.create","response":{"metadata":{"x":"` + long + `"}}}`, "error invalid_value",
		},
		"more brackets than words": {
			`{"type":"session.update","session":{"x":[` + strings.Repeat("[],", structureLimit/3) + `[]]}}`, "error event_too_long",
		},
	} {
		d.says(test.event)
		d.wants(name, d.told(), test.told)
	}
	before := len(d.items.list)
	sound := `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":"` +
		strings.Repeat("A", 2*itemLimit) + `"}]}}`
	d.says(sound)
	d.wants("sound counts for nothing", d.told(), "conversation.item.added", "conversation.item.done")
	for range 2 * itemsLimit / itemLimit {
		d.says(fmt.Sprintf(history, long[:itemLimit/2]))
	}
	if n := len(d.items.list); d.items.weight > itemsLimit || n <= before || n > 2*itemsLimit/itemLimit {
		t.Errorf("%d items of %d bytes are kept", n, d.items.weight)
	}
	for len(d.items.list) > 0 {
		d.items.remove(d.items.last().(string))
	}
	if d.items.weight != 0 {
		t.Errorf("no item weighs %d bytes", d.items.weight)
	}
}
