package main

import (
	"net/http"
	"time"

	"huike/dialog/llm"
	"huike/session"
	"huike/session/completions"
)

// llmConfig is the language model that helps with calls, if there is one.
type llmConfig struct {
	LLMURL   string        `name:"llm-url" help:"OpenAI-compatible server whose language model reads what the shop's own understanding is not sure of. It is shown no number, no name and no record." env:"HUIKE_LLM_URL" placeholder:"URL" group:"Language model"`
	LLMKey   string        `name:"llm-key" help:"Its key." env:"HUIKE_LLM_KEY" placeholder:"KEY" group:"Language model"`
	LLMModel string        `name:"llm-model" help:"Its model." default:"gpt-4o-mini" env:"HUIKE_LLM_MODEL" group:"Language model"`
	LLMWait  time.Duration `name:"llm-wait" help:"How long a caller waits for it; then the shop's own flows answer." default:"1500ms" env:"HUIKE_LLM_WAIT" group:"Language model"`
	LLMLead  bool          `name:"llm-lead" help:"Let it lead the conversation between the flows, with the shop's operations as its tools. What writes still goes through the flows: rules, read-back, the caller's own yes, once." env:"HUIKE_LLM_LEAD" group:"Language model"`
	LLMLoose bool          `name:"llm-loose" help:"The server knows no JSON schema: ask for JSON alone. What comes is checked either way." env:"HUIKE_LLM_LOOSE" group:"Language model"`
}

func (c *llmConfig) check(w *wrong) {
	w.unless(c.LLMURL == "" || isSite(c.LLMURL), "llm-url", c.LLMURL, "a URL, such as http://127.0.0.1:8000/v1")
	w.unless(c.LLMURL != "" || !c.LLMLead, "llm-lead", "true", "an --llm-url whose model leads")
	w.unless(c.LLMWait >= 0 && c.LLMWait <= 10*time.Second, "llm-wait", c.LLMWait.String(), "a length up to 10s, such as 1500ms")
}

// openLLM lets the language model help, where one is configured.
func (c *llmConfig) openLLM(to *session.Config) {
	if c.LLMURL == "" {
		return
	}
	to.Model = llm.New(&completions.Server{URL: c.LLMURL, Key: c.LLMKey, Model: c.LLMModel, Loose: c.LLMLoose, Client: &http.Client{}})
	to.ModelLeads, to.ModelWaits = c.LLMLead, c.LLMWait
}
