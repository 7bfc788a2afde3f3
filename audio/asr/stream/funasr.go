package stream

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"huike/audio"
	"huike/audio/asr"
)

// errMessage is the error, wrapped, of a message that is none of the protocol's.
var errMessage = errors.New("malformed message")

// pcmBytes is sound as 16-bit little-endian samples.
func pcmBytes(pcm []int16) []byte {
	b := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

func jsonMessage(v any) Message {
	b, _ := json.Marshal(v) // of maps and strings: it cannot fail
	return Message{Data: b}
}

// FunASR speaks to FunASR's WebSocket server in its mode 2pass: a streaming model
// answers while the caller speaks, a better one at the end.
type FunASR struct{}

// hotwordWeight is what FunASR's own examples give a hot word.
const hotwordWeight = 20

// Open implements [Protocol].
func (FunASR) Open(url, key string, hint asr.Hint) (address string, header http.Header, first []Message) {
	begin := map[string]any{
		"mode": "2pass", "chunk_size": []int{5, 10, 5}, "chunk_interval": 10, "wav_name": "turn", "wav_format": "pcm",
		"audio_fs": audio.Rate, "is_speaking": true, "itn": true,
	}
	if len(hint.Words) > 0 {
		weights := map[string]int{}
		for _, w := range hint.Words {
			weights[w] = hotwordWeight
		}
		b, _ := json.Marshal(weights)
		begin["hotwords"] = string(b)
	}
	header = http.Header{"Sec-WebSocket-Protocol": {"binary"}}
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
	return url, header, []Message{jsonMessage(begin)}
}

// Coder implements [Protocol].
func (FunASR) Coder() func(pcm []int16) []Message {
	return func(pcm []int16) []Message { return []Message{{Data: pcmBytes(pcm), Binary: true}} }
}

// End implements [Protocol].
func (FunASR) End() []Message { return []Message{jsonMessage(map[string]bool{"is_speaking": false})} }

// Read implements [Protocol].
func (FunASR) Read(m Message) (Heard, error) {
	var said struct {
		Mode string  `json:"mode"`
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(m.Data, &said); err != nil || said.Text == nil {
		return Heard{}, fmt.Errorf("%w of FunASR", errMessage)
	}
	if strings.HasSuffix(said.Mode, "online") {
		return Heard{Text: *said.Text, Append: true}, nil
	}
	return Heard{Text: *said.Text, Final: true, Done: true}, nil
}
