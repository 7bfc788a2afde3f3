package event

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What an event tells when it comes is what is read of it later.
func TestFactsAreTheSameWhenTheyAreReadAgain(t *testing.T) {
	kinds := Standard(nil)
	seen := map[string]bool{}
	for kind, data := range map[string]string{
		Order:     `{"order":"1","status":"paid","items":[{"product":"p","quantity":2,"price":5,"name":"茶 <x>","category":"c"}],"total":7,"coupon":"C","eta":"2026-11-22T10:00:00+08:00","placed":"2026-11-21T10:00:00.123456Z"}`,
		Return:    `{"order":"1","items":[]}`,
		Browse:    `{"product":"p","brand":"b"}`,
		Favourite: `{"product":"p","removed":true}`,
		Cart:      `{"product":"p","brand":"b","removed":false}`,
		Coupon:    `{"code":"C","status":"used","name":"n","name_en":"e","off":3,"min_spend":4,"category":"c","expires":"2027-01-01T00:00:00Z"}`,
		Visit:     `{"store":"s"}`,
		Dwell:     `{"store":"s","zone":"z","seconds":12.5}`,
		Campaign:  `{"name":"n","outcome":"o","channel":"c"}`,
		Complaint: `{"ticket":"t","text":"x","resolved":true,"channel":"c"}`,
		Rating:    `{"rating":4,"about":"a","text":"x","channel":"c"}`,
		Call:      `{"call":"c","channel":"phone","intent":"i","outcome":"o","text":"t","rating":5,"complaint":true}`,
		Device:    `{"device":"d","metric":"m","value":0.5,"text":"t"}`,
		Stage:     `{"stage":"intent","from":"fan"}`,
	} {
		body := []byte(`{"specversion":"1.0","id":"1","source":"/s","type":"` + kind + `","subject":"card:1","time":"2026-11-22T00:00:00Z","data":` + data + `}`)
		e, err := kinds.Parse(body, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		var came facts
		came.fill(e.told)
		read := happened{}
		if err := read.read(string(e.data)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(read.facts, came); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
		seen[kind] = true
	}
	for kind := range kinds {
		if !seen[kind] {
			t.Errorf("%s is not looked at", kind)
		}
	}
}
