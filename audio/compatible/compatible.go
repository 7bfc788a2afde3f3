// Package compatible is what recognition, speech and language models share of talking
// to a server with OpenAI's API: the client, and which status an error tells of.
//
// It starts no goroutine.
package compatible

import (
	"errors"
	"net/http"
	"strings"

	"github.com/sashabaranov/go-openai"
)

// Client returns a client of the server at a base URL such as
// "http://127.0.0.1:8000/v1", or OpenAI's own with an empty one. A nil via means
// [http.DefaultClient].
func Client(url, key string, via *http.Client) *openai.Client {
	config := openai.DefaultConfig(key)
	if url != "" {
		config.BaseURL = strings.TrimSuffix(url, "/")
	}
	if via != nil {
		config.HTTPClient = via
	}
	return openai.NewClientWithConfig(config)
}

// Status returns the HTTP status that an error of the client tells of, or 0 where the
// server gave none.
func Status(err error) int {
	if api := new(openai.APIError); errors.As(err, &api) {
		return api.HTTPStatusCode
	}
	if request := new(openai.RequestError); errors.As(err, &request) {
		return request.HTTPStatusCode
	}
	return 0
}
