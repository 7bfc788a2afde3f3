package stream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"huike/audio"
	"huike/audio/asr"
)

// Deepgram speaks Deepgram's streaming protocol, /v1/listen.
type Deepgram struct {
	Model string // such as "nova-3"; empty: the server's default
}

// Open implements [Protocol].
func (d Deepgram) Open(base, key string, hint asr.Hint) (address string, header http.Header, first []Message) {
	query := url.Values{
		"encoding": {"linear16"}, "sample_rate": {strconv.Itoa(audio.Rate)}, "channels": {"1"},
		"interim_results": {"true"}, "punctuate": {"true"}, "endpointing": {"false"},
	}
	if d.Model != "" {
		query.Set("model", d.Model)
	}
	if hint.Lang != "" {
		query.Set("language", hint.Lang)
	}
	for _, w := range hint.Words {
		query.Add("keyterm", w)
	}
	joint := "?"
	if strings.Contains(base, "?") {
		joint = "&"
	}
	header = http.Header{}
	if key != "" {
		header.Set("Authorization", "Token "+key)
	}
	return base + joint + query.Encode(), header, nil
}

// Coder implements [Protocol].
func (Deepgram) Coder() func(pcm []int16) []Message {
	return func(pcm []int16) []Message { return []Message{{Data: pcmBytes(pcm), Binary: true}} }
}

// End implements [Protocol].
func (Deepgram) End() []Message {
	return []Message{jsonMessage(map[string]string{"type": "CloseStream"})}
}

// Read implements [Protocol]. The metadata are what a server says last.
func (Deepgram) Read(m Message) (Heard, error) {
	var said struct {
		Type    string `json:"type"`
		IsFinal bool   `json:"is_final"`
		Channel struct {
			Alternatives []struct {
				Transcript string  `json:"transcript"`
				Confidence float64 `json:"confidence"`
			} `json:"alternatives"`
		} `json:"channel"`
	}
	if err := json.Unmarshal(m.Data, &said); err != nil || said.Type == "" {
		return Heard{}, fmt.Errorf("%w of Deepgram", errMessage)
	}
	switch said.Type {
	case "Metadata":
		return Heard{Done: true}, nil
	case "Error":
		return Heard{Err: fmt.Errorf("%w: an error of Deepgram", errMessage)}, nil
	case "Results":
	default:
		return Heard{}, nil
	}
	h := Heard{Final: said.IsFinal}
	for i, a := range said.Channel.Alternatives {
		if i == 0 {
			h.Text, h.Confidence = a.Transcript, min(max(a.Confidence, 0), 1)
		} else if a.Transcript != "" {
			h.Others = append(h.Others, a.Transcript)
		}
	}
	return h, nil
}
