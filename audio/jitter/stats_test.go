package jitter_test

import (
	"reflect"
	"testing"

	"huike/audio/jitter"
)

func TestPlusForgetsNoCounter(t *testing.T) {
	var one jitter.Stats
	of := reflect.ValueOf(&one).Elem()
	for i := range of.NumField() {
		if f := of.Field(i); f.CanUint() {
			f.SetUint(3)
		} else {
			f.SetInt(3)
		}
	}
	sum := reflect.ValueOf(one.Plus(one))
	for i := range sum.NumField() {
		name, want := sum.Type().Field(i).Name, int64(6)
		if name == "Jitter" {
			want = 3
		}
		got := sum.Field(i).Convert(reflect.TypeFor[int64]()).Int()
		if got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}
