// Package completions speaks to a server of language models by OpenAI's chat
// completions API, which many serve, and is dialog/llm's [llm.Server]. It knows HTTP
// and no dialog; what is asked and what of the answer is believed is dialog/llm's. It
// starts no goroutine and tries nothing twice: a caller waits.
package completions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/sashabaranov/go-openai"

	"huike/audio/compatible"
	"huike/dialog/llm"
)

// Server is a server that speaks the API. Its fields must not change once it is in use.
type Server struct {
	URL    string       // base, such as http://127.0.0.1:8000/v1; empty means OpenAI's own
	Key    string       // sent as a bearer token
	Model  string       // such as "qwen2.5-7b-instruct"
	Client *http.Client // nil means http.DefaultClient
	// Loose asks for JSON without a schema, of servers that know no structured outputs.
	Loose bool
}

// String names the server for a log, without its key.
func (s *Server) String() string { return "completions(" + s.URL + ", " + s.Model + ")" }

// ErrUnavailable is the error, wrapped, of a server that refuses or does not answer.
// It tells the status and never the answer, which may repeat what the caller said.
var ErrUnavailable = errors.New("the language model's server is not available")

// longest bounds what is read of one answer, in bytes of text and arguments.
const longest = 32 << 10

// Complete implements [llm.Server]. The answer is always streamed.
func (s *Server) Complete(ctx context.Context, req llm.Request, text func(string) error) (llm.Reply, error) {
	stream, err := compatible.Client(s.URL, s.Key, s.Client).CreateChatCompletionStream(ctx, s.request(req))
	if err != nil {
		return llm.Reply{}, unavailable(ctx, err)
	}
	defer stream.Close() //nolint:errcheck // only read
	var reply llm.Reply
	size := 0
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return reply, nil
		}
		if err != nil {
			return llm.Reply{}, unavailable(ctx, err)
		}
		if len(part.Choices) == 0 {
			continue
		}
		delta := part.Choices[0].Delta
		size += len(delta.Content) + gather(&reply, delta.ToolCalls)
		if size > longest {
			return llm.Reply{}, fmt.Errorf("%w: more than %d bytes", llm.ErrRefused, longest)
		}
		reply.Text += delta.Content
		if text == nil || delta.Content == "" {
			continue
		}
		if err := text(delta.Content); err != nil {
			return llm.Reply{}, err
		}
	}
}

// gather adds pieces of calls of tools, and returns how long they are.
func gather(reply *llm.Reply, pieces []openai.ToolCall) (size int) {
	const most = 8
	for _, piece := range pieces {
		i := len(reply.Calls)
		if piece.Index != nil {
			i = *piece.Index
		} else if piece.ID == "" && i > 0 {
			i--
		}
		if i < 0 || i >= most {
			continue
		}
		for len(reply.Calls) <= i {
			reply.Calls = append(reply.Calls, llm.Call{})
		}
		call := &reply.Calls[i]
		if piece.ID != "" {
			call.ID = piece.ID
		}
		call.Name += piece.Function.Name
		call.Arguments += piece.Function.Arguments
		size += len(piece.Function.Name) + len(piece.Function.Arguments)
	}
	return size
}

func (s *Server) request(req llm.Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: s.Model, MaxCompletionTokens: req.Most, Stream: true}
	for _, m := range req.Messages {
		message := openai.ChatCompletionMessage{Role: m.Role, Content: m.Text, ToolCallID: m.Call}
		for _, c := range m.Calls {
			message.ToolCalls = append(message.ToolCalls, openai.ToolCall{
				ID: c.ID, Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments},
			})
		}
		out.Messages = append(out.Messages, message)
	}
	for _, t := range req.Tools {
		out.Tools = append(out.Tools, openai.Tool{
			Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: t.Name, Description: t.Description, Parameters: t.Parameters},
		})
	}
	if req.Schema == nil {
		return out
	}
	out.ResponseFormat = &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: req.Schema, Strict: true},
	}
	if s.Loose {
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
		out.Messages[0].Content += "\n\nAnswer with one JSON object of this schema:\n" + string(req.Schema)
	}
	return out
}

// unavailable is an error of a server's without what it says.
func unavailable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	if status := compatible.Status(err); status > 0 {
		return fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		return fmt.Errorf("%w: its stream is no JSON", ErrUnavailable)
	}
	return fmt.Errorf("%w: %T", ErrUnavailable, err)
}
