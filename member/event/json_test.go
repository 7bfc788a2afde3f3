package event

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reference is the envelope as encoding/json reads it.
type reference struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        string          `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Schema      string          `json:"dataschema"`
	Data        json.RawMessage `json:"data"`
	Base64      string          `json:"data_base64"`
}

// What is read of an event is what encoding/json reads of it, byte for byte.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"specversion":"1.0","id":"1","source":"/pos","type":"order","data":{"order":"1","items":[{"product":"a"},null,[]]}}`,
		` { "ID" : "a\n" , "id":"b", "Data" : [1, 2.5e3 ,"x,}"] , "data":{"a":{"b":"c\\"}} } `, `{"iD":null,"data":null}`, `{"id":5}`,
		`{"ſource":"long s","dataschema":7}`, `null`, ` null `, `[]`, `"x"`, `{}`, `{"\u0069d":"escaped","":1}`, "{\"id\":\"\xff\",\"\xff\":1}",
		`{"data":{"a":1,"a":2,"\u0061":3,"b":[],"c":{},"d":-0,"e":true,"f":"<\u2028&>"}}`, `{"id":"1"`, `{"id":"1"}x`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want reference
		var got envelope
		err := json.Unmarshal(body, &want)
		if is := got.read(body); is != (err == nil) {
			t.Fatalf("%q is an envelope: %t; encoding/json says %v", body, is, err)
		}
		if err != nil {
			return
		}
		texts := [][2]string{
			{want.SpecVersion, got.specVersion},
			{want.ID, got.id},
			{want.Source, got.source},
			{want.Type, got.kind},
			{want.Subject, got.subject},
			{want.Time, got.time},
			{want.ContentType, got.contentType},
			{want.Base64, got.base64},
			{string(want.Data), string(got.data)},
		}
		for _, text := range texts {
			if text[0] != text[1] {
				t.Errorf("%q: got %q, want %q", body, text[1], text[0])
			}
			if marshalled, _ := json.Marshal(text[0]); string(marshalled) != string(appendText(nil, text[0])) {
				t.Errorf("%q is written %s, want %s", text[0], appendText(nil, text[0]), marshalled)
			}
		}
		compareMembers(t, got.data)
	})
}

func compareMembers(t *testing.T, data []byte) {
	t.Helper()
	if len(data) == 0 {
		return
	}
	var want map[string]json.RawMessage
	err := json.Unmarshal(data, &want)
	got := map[string]json.RawMessage{}
	if is := members(data, func(name, value []byte) { got[string(name)] = value }); is != (err == nil && want != nil) {
		t.Fatalf("%q is an object: %t", data, is)
	} else if diff := cmp.Diff(want, got); is && diff != "" {
		t.Errorf("%q: %s", data, diff)
	}
	var list []json.RawMessage
	err = json.Unmarshal(data, &list)
	var elems []json.RawMessage
	if is := elements(data, func(value []byte) { elems = append(elems, value) }); is != (err == nil && list != nil) {
		t.Fatalf("%q is a list: %t", data, is)
	} else if is && len(list)+len(elems) > 0 {
		if diff := cmp.Diff(list, elems); diff != "" {
			t.Errorf("%q: %s", data, diff)
		}
	}
}
