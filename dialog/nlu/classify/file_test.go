package classify

import (
	"errors"
	"testing"
)

func TestAModelOutOfAFileAnswersTheSame(t *testing.T) {
	cfg := Config{Out: "none", Refuse: 0.8, Quick: true, Seed: 1}
	m, err := Train(toy(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	sum := Sum(toy(), cfg)
	data, err := m.Encode(sum)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(data, sum)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"where is my parcel", "几点开门", "tell me a joke", "", "quux", "reward points and my order"} {
		if got, want := read.Classify(text), m.Classify(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	changed := append(toy(), Example{"one more", "order"})
	for name, other := range map[string]string{"an example more": Sum(changed, cfg), "another seed": Sum(toy(), Config{Out: "none", Refuse: 0.8, Quick: true, Seed: 2}), "nothing": ""} {
		if _, err := Decode(data, other); !errors.Is(err, ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Decode(data[:len(data)/2], sum); err == nil || errors.Is(err, ErrStale) {
		t.Errorf("half a file: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	m, err := Train(toy(), Config{Quick: true})
	if err != nil {
		f.Fatal(err)
	}
	data, err := m.Encode("x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if m, err := Decode(data, "x"); err == nil {
			m.Classify("where is my order")
		}
	})
}
