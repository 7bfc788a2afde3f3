package crash_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"huike/session/crash"
)

const secret = "13800138000"

func caught(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestAPanicsValueIsNotTold(t *testing.T) {
	for name, panics := range map[string]func(){
		"text":  func() { panic("cannot read " + secret) },              //nolint:forbidigo // what is tested
		"error": func() { panic(fmt.Errorf("cannot read %s", secret)) }, //nolint:forbidigo // what a library may do
		"value": func() { panic(struct{ Number string }{secret}) },      //nolint:forbidigo // what is tested
	} {
		value := caught(panics)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Error("a handler panicked", crash.Attr(value))
		err := crash.Error("a handler", value)
		if told := log.String() + err.Error(); strings.Contains(told, secret) {
			t.Errorf("%s: told %q", name, told)
		}
		if !errors.Is(err, crash.ErrPanic) || !strings.Contains(log.String(), "crash.stack=") {
			t.Errorf("%s: %v, %s", name, err, log.String())
		}
	}
}

func TestARunTimeErrorTellsItsNumbers(t *testing.T) {
	var none []int
	err := crash.Error("media", caught(func() { _ = none[len(none)+2] }))
	if !strings.Contains(err.Error(), "index out of range [2]") {
		t.Error(err)
	}
}

func ExampleAttr() {
	work := func() { panic("the caller said: my number is 13800138000") }
	func() {
		defer func() {
			if value := recover(); value != nil {
				fmt.Println(crash.Attr(value).Value.Group()[0])
			}
		}()
		work()
	}()
	// Output: kind=string
}
