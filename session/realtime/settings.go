package realtime

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"huike/audio"
	"huike/audio/codec"
)

// fields is a JSON object. What is in one that was sent is not changed any more.
type fields = map[string]any

const (
	mostTools    = 64 // functions of one session
	mostMetadata = 16 // pairs, as the protocol has it
	longestKey   = 64
	longestValue = 512
	sessionLimit = 512 << 10 // bytes of memory: 64 tools, and instructions as long as OpenAI takes them
)

// settings is a session as the client sees it, and what of it means something
// here. The rest is echoed.
type settings struct {
	object fields // the whole session, in the names of today

	input, output audio.Format
	written       bool              // the agent answers in text
	manual        bool              // turns end by commit alone
	detected      bool              // in a manual session: pauses commit, and the client asks for the answer
	idle          bool              // the client wants to know of a timeout
	transcribes   bool              // the client wants the caller's words
	tools         map[string]string // the shop's operations that the client does, and what it calls them
	metadata      map[string]string
	lang          string
}

// fault is why something of a client's is refused, for an error event.
type fault struct {
	kind, code, param, message string
}

func (f *fault) Error() string { return f.message }

func wrongValue(param, message string) *fault {
	return &fault{kind: "invalid_request_error", code: "invalid_value", param: param, message: message}
}

func unsupported(param, message string) *fault {
	return &fault{kind: "invalid_request_error", code: "unsupported_value", param: param, message: message}
}

// newSettings is a session of which the client has said nothing.
func newSettings(id, model string) settings {
	if model == "" {
		model = "huike"
	}
	s := settings{object: fields{
		"type": "realtime", "object": "realtime.session", "id": id, "model": model,
		"output_modalities": []any{"audio"}, "instructions": "", "tools": []any{}, "tool_choice": "auto",
		"max_output_tokens": "inf", "tracing": nil, "truncation": "auto", "prompt": nil, "include": nil,
		"audio": fields{
			"input": fields{
				"format": pcm24(), "transcription": fields{"model": "huike"}, "noise_reduction": nil,
				"turn_detection": detection("server_vad"),
			},
			"output": fields{"format": pcm24(), "voice": "huike", "speed": 1.0},
		},
	}}
	_ = s.read() // these are right
	return s
}

func pcm24() fields { return fields{"type": "audio/pcm", "rate": 24000} }

// detection is what a turn_detection of that type says if the client does not.
func detection(kind string) fields {
	if kind == "semantic_vad" {
		return fields{"type": kind, "eagerness": "auto", "create_response": true, "interrupt_response": true}
	}
	return fields{
		"type": kind, "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500, "idle_timeout_ms": nil,
		"create_response": true, "interrupt_response": true,
	}
}

// updated is s with what a session.update says, or why it is refused: then none
// of it counts.
func (s settings) updated(update fields) (settings, *fault) {
	next := settings{object: clone(s.object)}
	for key, value := range today(update) {
		switch key {
		case "id", "object", "model", "client_secret", "expires_at":
		case "audio":
			if f := mergeAudio(next.object["audio"].(fields), value); f != nil {
				return s, f
			}
		default:
			next.object[key] = value
		}
	}
	if f := next.read(); f != nil {
		return s, f
	}
	if weight(next.object) > sessionLimit {
		return s, wrongValue("session", "A session may have 512 KiB.")
	}
	return next, nil
}

func mergeAudio(into fields, value any) *fault {
	update, ok := value.(fields)
	if !ok {
		return wrongValue("session.audio", "session.audio must be an object.")
	}
	for _, side := range []string{"input", "output"} {
		given, present := update[side]
		if !present || given == nil {
			continue
		}
		part, ok := given.(fields)
		if !ok {
			return wrongValue("session.audio."+side, "session.audio."+side+" must be an object.")
		}
		maps.Copy(into[side].(fields), part)
	}
	return nil
}

// read understands the object.
func (s *settings) read() *fault {
	if kind := s.object["type"]; kind != "realtime" {
		return unsupported("session.type", "This server holds conversations: session.type must be 'realtime'.")
	}
	sound := s.object["audio"].(fields)
	in, out := sound["input"].(fields), sound["output"].(fields)
	var f *fault
	if s.input, f = format(in, "session.audio.input.format"); f != nil {
		return f
	}
	if s.output, f = format(out, "session.audio.output.format"); f != nil {
		return f
	}
	for _, part := range []func(fields) *fault{s.readDetection, s.readTranscription} {
		if f := part(in); f != nil {
			return f
		}
	}
	for _, part := range []func() *fault{s.readModalities, s.readTools, s.readMetadata} {
		if f := part(); f != nil {
			return f
		}
	}
	return nil
}

func format(side fields, param string) (audio.Format, *fault) {
	given, _ := side["format"].(fields)
	switch given["type"] {
	case "audio/pcmu":
		return codec.PCMU, nil
	case "audio/pcma":
		return codec.PCMA, nil
	case "audio/pcm":
		rate, known := given["rate"]
		if !known {
			given = fields{"type": "audio/pcm", "rate": 24000}
			side["format"] = given
			rate = 24000
		}
		if rate == 24000 || rate == 24000.0 {
			return codec.PCM(24000), nil
		}
		return audio.Format{}, wrongValue(param+".rate", "The rate of audio/pcm is 24000.")
	}
	return audio.Format{}, wrongValue(param, "Supported formats are audio/pcm at 24000, audio/pcmu and audio/pcma.")
}

func (s *settings) readDetection(in fields) *fault {
	const param = "session.audio.input.turn_detection"
	if in["turn_detection"] == nil {
		s.manual = true
		return nil
	}
	given, ok := in["turn_detection"].(fields)
	kind, _ := given["type"].(string)
	if !ok || kind != "server_vad" && kind != "semantic_vad" {
		return wrongValue(param+".type", "Supported values are 'server_vad' and 'semantic_vad', or null for turn_detection.")
	}
	full := detection(kind)
	maps.Copy(full, given)
	in["turn_detection"] = full
	if full["interrupt_response"] == false {
		return unsupported(param+".interrupt_response",
			"The caller may always interrupt here; interrupt_response cannot be false while turns are detected.")
	}
	s.manual = full["create_response"] == false
	s.detected = s.manual
	s.idle = full["idle_timeout_ms"] != nil
	return nil
}

func (s *settings) readTranscription(in fields) *fault {
	s.transcribes = in["transcription"] != nil
	if given, ok := in["transcription"].(fields); ok {
		s.lang, _ = given["language"].(string)
	}
	return nil
}

// language is the call's, as two letters, where the client says it.
func (s *settings) language() string {
	for _, lang := range []string{s.metadata["lang"], s.lang} {
		if len(lang) >= 2 {
			return strings.ToLower(lang[:2])
		}
	}
	return ""
}

func (s *settings) readModalities() *fault {
	given, _ := s.object["output_modalities"].([]any)
	switch {
	case len(given) == 1 && given[0] == "audio":
	case len(given) == 1 && given[0] == "text":
		s.written = true
	default:
		return wrongValue("session.output_modalities", `output_modalities must be ["audio"] or ["text"].`)
	}
	return nil
}

func (s *settings) readTools() *fault {
	given, ok := s.object["tools"].([]any)
	if !ok && s.object["tools"] != nil {
		return wrongValue("session.tools", "session.tools must be a list.")
	}
	if len(given) > mostTools {
		return wrongValue("session.tools", "A session may have 64 tools.")
	}
	s.tools = map[string]string{}
	for _, one := range given {
		tool, _ := one.(fields)
		if tool["type"] != "function" {
			return unsupported("session.tools", "Tools must be of type 'function': this server calls no others.")
		}
		name, _ := tool["name"].(string)
		if name == "" || len(name) > longestKey {
			return wrongValue("session.tools", "A tool needs a name of at most 64 characters.")
		}
		s.tools[strings.ReplaceAll(name, "_", ".")] = name
	}
	if s.object["tool_choice"] == "none" {
		s.tools = map[string]string{}
	}
	return nil
}

func (s *settings) readMetadata() *fault {
	given, ok := s.object["metadata"].(fields)
	if !ok && s.object["metadata"] != nil || len(given) > mostMetadata {
		return wrongValue("session.metadata", "metadata must be an object of at most 16 strings.")
	}
	s.metadata = map[string]string{}
	for key, value := range given {
		text, ok := value.(string)
		if !ok || len(key) > longestKey || len(text) > longestValue {
			return wrongValue("session.metadata", "metadata must hold strings of at most 512 bytes, with keys of at most 64.")
		}
		s.metadata[strings.ToLower(key)] = text
	}
	return nil
}

// operations are the shop's operations that the client does, in order.
func (s *settings) operations() []string { return slices.Sorted(maps.Keys(s.tools)) }

// today is a session in the names of the beta as one in those of today, which
// are left as they are.
func today(beta fields) fields {
	next := fields{}
	in, out := fields{}, fields{}
	for key, value := range beta {
		switch key {
		case "modalities":
			next["output_modalities"] = modality(value)
		case "input_audio_format":
			in["format"] = betaFormat(value)
		case "output_audio_format":
			out["format"] = betaFormat(value)
		case "input_audio_transcription":
			in["transcription"] = value
		case "input_audio_noise_reduction":
			in["noise_reduction"] = value
		case "turn_detection":
			in["turn_detection"] = value
		case "voice", "speed":
			out[key] = value
		case "max_response_output_tokens":
			next["max_output_tokens"] = value
		default:
			next[key] = value
		}
	}
	if _, given := next["audio"]; !given && len(in)+len(out) > 0 {
		next["audio"] = fields{"input": in, "output": out}
	}
	return next
}

// modality is the one that a beta client means by its list: sound comes with its
// words.
func modality(value any) any {
	if given, ok := value.([]any); ok && slices.Contains(given, any("audio")) {
		return []any{"audio"}
	}
	return value
}

func betaFormat(value any) any {
	switch value {
	case "pcm16":
		return pcm24()
	case "g711_ulaw":
		return fields{"type": "audio/pcmu"}
	case "g711_alaw":
		return fields{"type": "audio/pcma"}
	}
	return value
}

// beta is the session in the names of the beta.
func (s *settings) beta() fields {
	old := clone(s.object)
	sound := old["audio"].(fields)
	in, out := sound["input"].(fields), sound["output"].(fields)
	delete(old, "audio")
	delete(old, "output_modalities")
	delete(old, "type")
	names := map[string]string{"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
	name := func(side fields) string {
		kind, _ := side["format"].(fields)["type"].(string)
		return names[kind]
	}
	old["modalities"] = []any{"audio", "text"}
	if s.written {
		old["modalities"] = []any{"text"}
	}
	old["input_audio_format"], old["output_audio_format"] = name(in), name(out)
	old["input_audio_transcription"], old["turn_detection"] = in["transcription"], in["turn_detection"]
	old["voice"], old["max_response_output_tokens"] = out["voice"], old["max_output_tokens"]
	delete(old, "max_output_tokens")
	return old
}

// clone is a deep copy of a JSON object; of none, an empty one.
func clone(object fields) fields {
	twin := fields{}
	if object == nil {
		return twin
	}
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, &twin)
	}
	if err != nil { // it came as JSON, or was made here
		return fields{}
	}
	return twin
}
