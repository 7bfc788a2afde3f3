package flow

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"huike/dialog"
	"huike/dialog/nlu"
)

// changed is the demonstration shop with one text of flows.yaml exchanged.
func changed(t *testing.T, from, to string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"flows.yaml", "nlu.yaml", "names.yaml"} {
		data, err := fs.ReadFile(Shop, "shop/"+name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "flows.yaml" {
			if !strings.Contains(string(data), from) {
				t.Fatalf("flows.yaml has no %q", from)
			}
			data = []byte(strings.Replace(string(data), from, to, 1))
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestErrorsInFlowsNameTheirPlace(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"a node that is not there", "next: which", "next: witch", `next "witch": flow order.status has no such node`},
		{"a key that means nothing", "quiet: true", "quite: true", `unknown field "quite"`},
		{"an operation that is not there", "do: order.status", "do: order.state", `no operation "order.state"`},
		{"an account that is not there", "accounts: [individual, enterprise]", "accounts: [individual, emperor]", `account "emperor"`},
		{"an argument that the operation has not", `with: {order_number: "{slot.order_number}"}`, `with: {number: "{slot.order_number}"}`, `order.status has no argument "number"`},
		{"a slot that is not there", "ask: order_number", "ask: order_no", `no slot "order_no"`},
		{"an expression that is none", `when: "!person.known", flow`, `when: "!person.knwon", flow`, "person"},
		{"a write without a read-back", "confirm: complaint.read_back", "say: complaint.read_back", "want a confirm node before it"},
		{"a flow that is not there", "nobody: nobody", "nobody: noone", `no flow "noone"`},
		{"two things at one node", "ask: want_person}", "ask: want_person, end: completed}", "want at most one of"},
		{"a kind of slot that is not there", "{kind: date}", "{kind: day}", `kind "day"`},
		{"YAML that is none", "flows:\n", "flows: [\n", "flows.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(changed(t, tt.from, tt.to), ".")
			if err == nil {
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q: want %q in it", err, tt.want)
			}
			if rest, ok := strings.CutPrefix(err.Error(), "flows.yaml:"); !ok || rest[0] < '1' || rest[0] > '9' {
				t.Errorf("error %q: want file and line first", err)
			}
		})
	}
}

func TestNamesOfTheShopsRecordsReplaceThoseOfTheFile(t *testing.T) {
	def, err := load(t).WithNames(map[string][]nlu.Name{"product": {{ID: "kayak", EN: []string{"kayak"}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := New(def, dialog.English)
	out := c.Step(Input{Kind: Words, Text: "Do you have the kayak in stock?"})
	if len(out.Operations) != 1 || out.Operations[0].Args["product"] != "kayak" {
		t.Errorf("operations %+v: want stock.nearby of the kayak", out.Operations)
	}
}

func TestTheSecondTryOfAWriteHasTheSameID(t *testing.T) {
	c := New(load(t), dialog.English)
	c.Step(Input{Kind: Begin, Person: &Person{Known: true, Address: "Ms Zhang"}})
	c.Step(Input{Kind: Words, Text: "Call me back tomorrow."})
	first := c.Step(Input{Kind: Words, Text: "Yes."}).Operations[0]
	c.Step(Input{Kind: Done, Result: &Result{ID: first.ID, Code: "unavailable"}})
	second := c.Step(Input{Kind: Words, Text: "Yes."}).Operations[0]
	if first.ID == 0 || second.ID != first.ID {
		t.Errorf("IDs %d and %d: want the same", first.ID, second.ID)
	}
	c.Step(Input{Kind: Done, Result: &Result{ID: second.ID, OK: true, Rows: []map[string]string{{"ticket": "70101"}}}})
	if out := c.Step(Input{Kind: Done, Result: &Result{ID: second.ID, OK: true}}); len(out.Acts) != 0 {
		t.Errorf("the same result again says %v", out.Acts)
	}
}
