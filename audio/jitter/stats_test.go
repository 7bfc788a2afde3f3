package jitter_test

import (
	"reflect"
	"testing"

	"huike/audio/jitter"
)

func TestPlusForgetsNoCounter(t *testing.T) {
	var one jitter.Stats
	for _, f := range reflect.ValueOf(&one).Elem().Fields() {
		if f.CanUint() {
			f.SetUint(3)
		} else {
			f.SetInt(3)
		}
	}
	for field, value := range reflect.ValueOf(one.Plus(one)).Fields() {
		want := int64(6)
		if field.Name == "Jitter" {
			want = 3
		}
		if got := value.Convert(reflect.TypeFor[int64]()).Int(); got != want {
			t.Errorf("%s is %d, want %d", field.Name, got, want)
		}
	}
}
