package realtime

import (
	"encoding/json"
	"strings"
	"testing"

	"huike/audio/codec"
)

func update(t *testing.T, text string) (settings, *fault) {
	t.Helper()
	var given fields
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		t.Fatal(err)
	}
	return newSettings("sess_1", "huike").updated(given)
}

func TestWhatASessionMayAskFor(t *testing.T) { //nolint:cyclop // a table of short functions
	for name, test := range map[string]struct {
		update string
		right  func(s settings) bool
	}{
		"telephone formats": {
			`{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcma"}}}}`,
			func(s settings) bool { return s.input == codec.PCMU && s.output == codec.PCMA },
		},
		"the beta's formats": {
			`{"input_audio_format":"g711_alaw","output_audio_format":"pcm16","modalities":["audio","text"]}`,
			func(s settings) bool { return s.input == codec.PCMA && s.output == codec.PCM(24000) && !s.written },
		},
		"semantic turn detection, with its defaults": {
			`{"type":"realtime","audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"low"}}}}`,
			func(s settings) bool {
				d := s.object["audio"].(fields)["input"].(fields)["turn_detection"].(fields)
				return !s.manual && d["eagerness"] == "low" && d["interrupt_response"] == true && d["create_response"] == true
			},
		},
		"no turn detection": {
			`{"type":"realtime","audio":{"input":{"turn_detection":null}}}`, func(s settings) bool { return s.manual && !s.detected },
		},
		"turn detection without answers": {
			`{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","create_response":false}}}}`,
			func(s settings) bool { return s.manual && s.detected },
		},
		"text": {`{"type":"realtime","output_modalities":["text"]}`, func(s settings) bool { return s.written }},
		"functions": {
			`{"type":"realtime","tools":[{"type":"function","name":"order_status"},{"type":"function","name":"weather"}]}`,
			func(s settings) bool { return strings.Join(s.operations(), " ") == "order.status weather" },
		},
		"functions that are not to be called": {
			`{"type":"realtime","tool_choice":"none","tools":[{"type":"function","name":"order_status"}]}`,
			func(s settings) bool { return len(s.operations()) == 0 },
		},
		"what steers a model is echoed": {
			`{"type":"realtime","instructions":"Be kind.","temperature":0.7,"audio":{"output":{"voice":"cedar"}},"prompt":{"id":"p"}}`,
			func(s settings) bool {
				return s.object["instructions"] == "Be kind." && s.object["temperature"] == 0.7 &&
					s.object["audio"].(fields)["output"].(fields)["voice"] == "cedar" && s.output == codec.PCM(24000)
			},
		},
		"who calls, in which language": {
			`{"type":"realtime","metadata":{"As":"1","shop":"7"},"audio":{"input":{"transcription":{"model":"x","language":"zh"}}}}`,
			func(s settings) bool { return s.metadata["as"] == "1" && s.metadata["shop"] == "7" && s.lang == "zh" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			if s, f := update(t, test.update); f != nil || !test.right(s) {
				t.Errorf("%v: %v", s.object, f)
			}
		})
	}
}

func TestWhatContradictsTheAgentIsRefusedByName(t *testing.T) {
	for text, param := range map[string]string{
		`{"type":"transcription"}`: "session.type",
		`{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}}`:                        "session.audio.input.format.rate",
		`{"type":"realtime","audio":{"output":{"format":{"type":"audio/opus"}}}}`:                                   "session.audio.output.format",
		`{"type":"realtime","audio":{"input":{"format":7}}}`:                                                        "session.audio.input.format",
		`{"type":"realtime","audio":7}`:                                                                             "session.audio",
		`{"type":"realtime","audio":{"input":7}}`:                                                                   "session.audio.input",
		`{"type":"realtime","audio":{"input":{"turn_detection":{"type":"none"}}}}`:                                  "session.audio.input.turn_detection.type",
		`{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","interrupt_response":false}}}}`: "session.audio.input.turn_detection.interrupt_response",
		`{"type":"realtime","output_modalities":["audio","text"]}`:                                                  "session.output_modalities",
		`{"type":"realtime","output_modalities":[]}`:                                                                "session.output_modalities",
		`{"type":"realtime","tools":[{"type":"mcp","server_label":"x"}]}`:                                           "session.tools",
		`{"type":"realtime","tools":[{"type":"function"}]}`:                                                         "session.tools",
		`{"type":"realtime","tools":7}`:                                                                             "session.tools",
		`{"type":"realtime","metadata":{"a":1}}`:                                                                    "session.metadata",
	} {
		s, f := update(t, text)
		if f == nil || f.param != param || f.message == "" {
			t.Errorf("%s: %+v, want %s", text, f, param)
		}
		if s.object["audio"].(fields)["input"].(fields)["turn_detection"] == nil || s.input != codec.PCM(24000) {
			t.Errorf("%s: refused, and yet it counts", text)
		}
	}
}

func TestWhatAFunctionGives(t *testing.T) {
	for output, want := range map[string]string{
		`{"ok":true,"code":"","rows":[{"a":"b"}]}`: `{"ok":true,"rows":[{"a":"b"}]}`,
		`[{"n":1.5,"x":null,"deep":{"k":[1]}}]`:    `{"ok":true,"rows":[{"deep":"{\"k\":[1]}","n":"1.5","x":""}]}`,
		`{"points":4711}`:                          `{"ok":true,"rows":[{"points":"4711"}]}`,
		`{"error":"down"}`:                         `{"ok":false,"code":"unavailable"}`,
		`{"ok":false,"code":"not_found"}`:          `{"ok":false,"code":"not_found"}`,
		`{"code":"not_found"}`:                     `{"ok":false,"code":"not_found"}`,
		`{"rows":[]}`:                              `{"ok":true}`,
		`It is sunny.`:                             `{"ok":true,"rows":[{"text":"It is sunny."}]}`,
		``:                                         `{"ok":true}`,
		`{"code":404}`:                             `{"ok":true,"rows":[{"code":"404"}]}`,
	} {
		if got, _ := json.Marshal(outcome(output)); string(got) != want {
			t.Errorf("%s: %s, want %s", output, got, want)
		}
	}
}
