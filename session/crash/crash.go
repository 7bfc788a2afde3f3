// Package crash tells of a panic without its value. A value may hold what the peer
// sent, and with it a caller's number, name or words; the kind of a panic and its
// place find the mistake as well.
package crash

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// ErrPanic is what every error of [Error] wraps.
var ErrPanic = errors.New("panicked")

// Attr returns a log attribute for what recover returned: the group "crash" with the
// value's kind and the stack of the goroutine. It is to be called in the deferred
// function that recovers.
func Attr(value any) slog.Attr {
	return slog.Group("crash", slog.String("kind", kind(value)), slog.String("stack", string(debug.Stack())))
}

// Error is [Attr] as an error: who panicked, the kind, the stack.
func Error(who string, value any) error {
	return fmt.Errorf("%s %w: %s\n%s", who, ErrPanic, kind(value), debug.Stack())
}

// kind is the value's type, and for Go's own run-time errors, which speak of indices,
// lengths and types, their text.
func kind(value any) string {
	err, isError := value.(runtime.Error)
	if !isError {
		return fmt.Sprintf("%T", value)
	}
	return err.Error()
}
