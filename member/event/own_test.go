package event_test

import (
	"strings"
	"testing"

	"huike/member/event"
	"huike/member/store/storetest"
)

const testDrive = "test_drive:\n  model: {type: text, required: true}\n  minutes: {type: whole, min: 0, max: 600}\n  road: {type: text, one_of: [city, country]}\n"

func TestAShopsOwnKindIsTakenByItsSchema(t *testing.T) {
	own, err := event.ParseKinds([]byte(testDrive))
	if err != nil {
		t.Fatal(err)
	}
	in := event.New(storetest.Open(t, "sqlite"), event.Config{Own: own})
	out := take(t, in,
		told("1", "test_drive", "card:7", day, `{"model":"E3","minutes":25,"road":"city"}`),
		told("2", "test_drive", "card:7", day, `{"minutes":25}`),
		told("3", "test_drive", "card:7", day, `{"model":"E3","road":"sea"}`))
	if out[0].Status != event.Accepted || out[1].Reason != "data.model is missing" || out[2].Reason != "data.road is not one of city, country" {
		t.Error(out)
	}
}

func TestKindsThatAreNoneAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a kind of every shop":     {"order:\n  x: {type: text}\n", "every shop has"},
		"a type that is none":      {"drive:\n  x: {type: words}\n", `type "words"; want text`},
		"a field that is none":     {"drive:\n  x: {typ: text}\n", "want kinds"},
		"fields of no list":        {"drive:\n  x: {type: text, fields: {y: {type: text}}}\n", "want type list"},
		"a bound above the other":  {"drive:\n  x: {type: whole, min: 5, max: 1}\n", "above max"},
		"a name with a space":      {"\"a drive\":\n  x: {type: text}\n", "without spaces"},
		"no YAML":                  {"\t", "want kinds"},
		"a wrong field in a list":  {"drive:\n  x: {type: list, fields: {y: {type: no}}}\n", "drive.x.y"},
		"a list of names, no kind": {"- drive\n", "want kinds"},
	} {
		if _, err := event.ParseKinds([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseKinds(f *testing.F) {
	f.Add([]byte(testDrive))
	f.Fuzz(func(t *testing.T, text []byte) {
		if k, err := event.ParseKinds(text); err == nil && k == nil {
			t.Error("neither kinds nor an error")
		}
	})
}
