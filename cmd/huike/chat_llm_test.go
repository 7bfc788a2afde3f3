package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAChatIsHelpedByALanguageModel(t *testing.T) {
	asked := make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\ndata: [DONE]\n\n",
			`{"intent":"points.balance","need":"explicit","details":[],"entry":"none","quote":""}`)
	}))
	defer server.Close()
	var shown bytes.Buffer
	command := &chatCommand{Lang: "en", As: "13900005678", Models: "../../bin/models", llmConfig: llmConfig{
		LLMURL: server.URL + "/v1", LLMKey: "secret", LLMModel: "m", LLMWait: 10 * time.Second,
	}}
	if err := command.chat(t.Context(), strings.NewReader("the zorbl that I frobnicated, my name is Chen\n"), false, streams{&shown, io.Discard}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.String(), "1099 points") {
		t.Errorf("the model's reading was not taken:\n%s", shown.String())
	}
	request := <-asked
	if !strings.HasPrefix(request, "/v1/chat/completions Bearer secret ") || strings.Contains(request, "13900005678") || strings.Contains(request, "Chen") {
		t.Errorf("the request: %.400s", request)
	}
}
