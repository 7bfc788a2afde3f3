package member

import (
	"fmt"
	"io"
	"log/slog"
)

// Everything here prints a member without the person: by fmt with any verb, by slog
// as text or JSON. JSON of a Profile or Handle is hidden too, because a logger that
// meets one inside a struct encodes it so; the cache has an encoding of its own.

func hide(w fmt.State, text string) { _, _ = io.WriteString(w, text) }

// Format prints the kind alone, whatever the verb.
func (h Handle) Format(w fmt.State, _ rune) { hide(w, h.hidden()) }

// LogValue logs the kind alone.
func (h Handle) LogValue() slog.Value { return slog.StringValue(h.hidden()) }

// MarshalText hides the value: a handle is no text for others.
func (h Handle) MarshalText() ([]byte, error) { return []byte(h.hidden()), nil }

func (h Handle) hidden() string { return h.Kind + ":hidden" }

// Format prints the id and version alone, whatever the verb.
func (p Profile) Format(w fmt.State, _ rune) { hide(w, p.hidden()) }

// LogValue logs the id and version alone.
func (p Profile) LogValue() slog.Value { return slog.StringValue(p.hidden()) }

// MarshalText hides the person from encoders that nobody thought of.
func (p Profile) MarshalText() ([]byte, error) { return []byte(p.hidden()), nil }

func (p Profile) hidden() string { return fmt.Sprintf("member %s v%d", p.ID, p.Version) }

// Format prints the id and version alone, whatever the verb.
func (v View) Format(w fmt.State, _ rune) { hide(w, v.hidden()) }

// LogValue logs the id and version alone.
func (v View) LogValue() slog.Value { return slog.StringValue(v.hidden()) }

func (v View) hidden() string { return fmt.Sprintf("member %s v%d", v.ID, v.Version) }

// Format prints nothing of the name, whatever the verb.
func (n Name) Format(w fmt.State, _ rune) { hide(w, "name:hidden") }

// LogValue logs nothing of the name.
func (n Name) LogValue() slog.Value { return slog.StringValue("name:hidden") }

// Format prints nothing of the person, whatever the verb.
func (b Basic) Format(w fmt.State, _ rune) { hide(w, "basic:hidden") }

// LogValue logs nothing of the person.
func (b Basic) LogValue() slog.Value { return slog.StringValue("basic:hidden") }

// Format prints when and how, never what was said.
func (i Interaction) Format(w fmt.State, _ rune) { hide(w, i.hidden()) }

// LogValue logs when and how, never what was said.
func (i Interaction) LogValue() slog.Value { return slog.StringValue(i.hidden()) }

func (i Interaction) hidden() string {
	return "interaction by " + i.Channel + " at " + i.At.UTC().Format("2006-01-02T15:04:05Z")
}
