package stream

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/resample"
)

// Realtime speaks OpenAI's realtime protocol in a session that only transcribes.
type Realtime struct {
	Model string // such as "gpt-4o-mini-transcribe"
}

// realtimeRate is the only rate at which that protocol takes plain samples.
const realtimeRate = 24000

// Open implements [Protocol].
func (o Realtime) Open(url, key string, hint asr.Hint) (address string, header http.Header, first []Message) {
	hear := map[string]any{"model": o.Model}
	if lang, _, _ := strings.Cut(hint.Lang, "-"); lang != "" {
		hear["language"] = lang
	}
	if len(hint.Words) > 0 {
		hear["prompt"] = strings.Join(hint.Words, ", ")
	}
	header = http.Header{}
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
	return url, header, []Message{jsonMessage(map[string]any{
		"type": "session.update",
		"session": map[string]any{
			"type": "transcription",
			"audio": map[string]any{"input": map[string]any{
				"format": map[string]any{"type": "audio/pcm", "rate": realtimeRate}, "transcription": hear, "turn_detection": nil,
			}},
		},
	})}
}

// Coder implements [Protocol].
func (Realtime) Coder() func(pcm []int16) []Message {
	up := resample.New(audio.Rate, realtimeRate)
	return func(pcm []int16) []Message {
		return []Message{jsonMessage(map[string]string{
			"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(pcmBytes(up.Resample(nil, pcm))),
		})}
	}
}

// End implements [Protocol].
func (Realtime) End() []Message {
	return []Message{jsonMessage(map[string]string{"type": "input_audio_buffer.commit"})}
}

// Read implements [Protocol].
func (Realtime) Read(m Message) (Heard, error) {
	var said struct {
		Type       string `json:"type"`
		Delta      string `json:"delta"`
		Transcript string `json:"transcript"`
	}
	if err := json.Unmarshal(m.Data, &said); err != nil || said.Type == "" {
		return Heard{}, fmt.Errorf("%w of the realtime protocol", errMessage)
	}
	switch said.Type {
	case "conversation.item.input_audio_transcription.delta":
		return Heard{Text: said.Delta, Append: true}, nil
	case "conversation.item.input_audio_transcription.completed":
		return Heard{Text: said.Transcript, Final: true, Done: true}, nil
	case "error", "conversation.item.input_audio_transcription.failed":
		return Heard{Err: fmt.Errorf("%w: %s", errMessage, said.Type)}, nil
	}
	return Heard{}, nil
}
