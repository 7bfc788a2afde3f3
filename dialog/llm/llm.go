// Package llm lets a language model help with a call, where a shop has configured
// one: it reads what a caller said ([Guide.Read]), finds the answer in the shop's
// knowledge, writes the brief for a person ([Guide.Brief]), or leads the conversation
// with the shop's operations as its tools ([Talk]).
//
// It guarantees nothing by its prompts. What a model answers is checked against a
// schema and against what was really said, and what it wants done becomes a wish of
// dialog/flow, which checks, reads back and waits for the caller's own yes as always.
// A model is shown no member's fact and no number: both travel as names in brackets
// ([Veil]) that are filled in on this side.
//
// The package does no I/O and reads no clock: a [Server] asks, and the context ends
// what takes too long.
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Server asks a language model. Many goroutines call it at a time.
type Server interface {
	// Complete returns the model's answer. Where text is not nil, it is told the
	// answer's text piece by piece as it comes; an error from it ends the request.
	Complete(ctx context.Context, req Request, text func(piece string) error) (Reply, error)
}

// Request is what a model is asked.
type Request struct {
	Messages []Message
	Schema   json.RawMessage // of the answer, as JSON Schema; nil: free text
	Tools    []Tool          // that it may use; none with a Schema
	Most     int             // tokens of the answer, at most
}

// Message is one message of a conversation with a model.
type Message struct {
	Role  string // "system", "user", "assistant" or "tool"
	Text  string
	Calls []Call // of the assistant
	Call  string // of a tool: the ID of the call that it answers
}

// Call is the use of a tool that a model asks for.
type Call struct {
	ID        string
	Name      string
	Arguments string // JSON, as the model wrote it
}

// Tool is a function that a model may ask for.
type Tool struct {
	Name        string // letters, digits, "_" and "-"
	Description string
	Parameters  json.RawMessage // JSON Schema
}

// Reply is a model's answer.
type Reply struct {
	Text  string
	Calls []Call
}

// ErrRefused is returned, wrapped, for an answer that is not what was asked for: no
// JSON of the schema, a name that is not in the list, a number that nobody said.
var ErrRefused = errors.New("the model's answer cannot be used")

// refused says what was wrong with an answer, without a word of it: it may hold what
// the caller said.
func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Guide asks one model. It is safe for use by many calls.
type Guide struct{ server Server }

// New returns a guide who asks server.
func New(server Server) *Guide { return &Guide{server} }

// longestAnswer bounds an answer in bytes: no sentence on the telephone is longer.
const longestAnswer = 8 << 10

// structured asks for JSON of schema and decodes it into out, strictly.
func (g *Guide) structured(ctx context.Context, system, user string, schema map[string]any, out any) error {
	raw, err := json.Marshal(schema)
	if err != nil {
		return fmt.Errorf("llm: %w", err)
	}
	reply, err := g.server.Complete(ctx, Request{
		Messages: []Message{{Role: "system", Text: system}, {Role: "user", Text: user}}, Schema: raw, Most: 300,
	}, nil)
	if err != nil {
		return err
	}
	if len(reply.Text) > longestAnswer {
		return refused("%d bytes, more than %d", len(reply.Text), longestAnswer)
	}
	return decode(reply.Text, out)
}

// decode reads one JSON object, which some servers put into a fence.
func decode(text string, out any) error {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "```"); ok {
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(inner, "json"), "```"))
	}
	in := json.NewDecoder(strings.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(out); err != nil {
		return refused("it is no JSON of the schema")
	}
	if in.More() {
		return refused("there is more behind the JSON")
	}
	return nil
}

// object is the JSON Schema of an object of which every property is required, as
// structured outputs want it.
func object(properties map[string]any, names ...string) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "required": names, "additionalProperties": false}
}

func oneOf(values []string) map[string]any { return map[string]any{"type": "string", "enum": values} }

func text() map[string]any { return map[string]any{"type": "string"} }
