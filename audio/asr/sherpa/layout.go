package sherpa

import "unsafe"

// The structs of the C library's interface, field by field as c-api.h of version
// 1.13.8 has them; testdata/layout.txt was printed by a C compiler from that
// header, and the test holds these to it. A newer library needs a new look: its
// structs grow at their ends, and it has no way to tell.

// cstring is a C string; nil is the library's default.
type cstring = *byte

type featureConfig struct {
	SampleRate int32
	FeatureDim int32
}

type transducer struct{ Encoder, Decoder, Joiner cstring }

type pair struct{ Encoder, Decoder cstring }

type whisper struct {
	Encoder, Decoder, Language, Task cstring
	TailPaddings                     int32
	TokenTimestamps                  int32
	SegmentTimestamps                int32
}

type canary struct {
	Encoder, Decoder, SrcLang, TgtLang cstring
	UsePNC                             int32
}

type cohere struct {
	Encoder, Decoder, Language cstring
	UsePunct, UseITN           int32
}

type moonshine struct {
	Preprocessor, Encoder, UncachedDecoder, CachedDecoder, MergedDecoder cstring
}

type languageModel struct {
	Model cstring
	Scale float32
}

type senseVoice struct {
	Model, Language cstring
	UseITN          int32
}

type funASRNano struct {
	EncoderAdaptor, LLM, Embedding, Tokenizer, SystemPrompt, UserPrompt cstring
	MaxNewTokens                                                        int32
	Temperature, TopP                                                   float32
	Seed                                                                int32
	Language                                                            cstring
	ITN                                                                 int32
	Hotwords                                                            cstring
}

type qwen3ASR struct {
	ConvFrontend, Encoder, Decoder, Tokenizer cstring
	MaxTotalLen, MaxNewTokens                 int32
	Temperature, TopP                         float32
	Seed                                      int32
	Hotwords                                  cstring
}

type homophones struct{ DictDir, Lexicon, RuleFSTs cstring }

type offlineModel struct {
	Transducer       transducer
	Paraformer       cstring
	NemoCTC          cstring
	Whisper          whisper
	TDNN             cstring
	Tokens           cstring
	NumThreads       int32
	Debug            int32
	Provider         cstring
	ModelType        cstring
	ModelingUnit     cstring
	BPEVocab         cstring
	TeleSpeechCTC    cstring
	SenseVoice       senseVoice
	Moonshine        moonshine
	FireRedASR       pair
	Dolphin          cstring
	ZipformerCTC     cstring
	Canary           canary
	WenetCTC         cstring
	Omnilingual      cstring
	MedASR           cstring
	FunASRNano       funASRNano
	FireRedASRCTC    cstring
	Qwen3ASR         qwen3ASR
	CohereTranscribe cohere
}

type offlineConfig struct {
	Feat           featureConfig
	Model          offlineModel
	LM             languageModel
	DecodingMethod cstring
	MaxActivePaths int32
	HotwordsFile   cstring
	HotwordsScore  float32
	RuleFSTs       cstring
	RuleFARs       cstring
	BlankPenalty   float32
	HR             homophones
}

type offlineResult struct {
	Text              cstring
	Timestamps        *float32
	Count             int32
	Tokens            cstring
	TokensArr         unsafe.Pointer
	JSON              cstring
	Lang              cstring
	Emotion           cstring
	Event             cstring
	Durations         *float32
	LogProbs          *float32
	SegmentTimestamps *float32
	SegmentDurations  *float32
	SegmentTexts      cstring
	SegmentTextsArr   unsafe.Pointer
	SegmentCount      int32
}

type onlineModel struct {
	Transducer    transducer
	Paraformer    pair
	Zipformer2CTC cstring
	Tokens        cstring
	NumThreads    int32
	Provider      cstring
	Debug         int32
	ModelType     cstring
	ModelingUnit  cstring
	BPEVocab      cstring
	TokensBuf     cstring
	TokensBufSize int32
	NemoCTC       cstring
	TOneCTC       cstring
}

type fstDecoder struct {
	Graph     cstring
	MaxActive int32
}

type onlineConfig struct {
	Feat           featureConfig
	Model          onlineModel
	DecodingMethod cstring
	MaxActivePaths int32
	EnableEndpoint int32
	Rule1          float32
	Rule2          float32
	Rule3          float32
	HotwordsFile   cstring
	HotwordsScore  float32
	FST            fstDecoder
	RuleFSTs       cstring
	RuleFARs       cstring
	BlankPenalty   float32
	HotwordsBuf    cstring
	HotwordsBufLen int32
	HR             homophones
}

type onlineResult struct {
	Text       cstring
	Tokens     cstring
	TokensArr  unsafe.Pointer
	Timestamps *float32
	Count      int32
	JSON       cstring
}

type sileroVAD struct {
	Model                 cstring
	Threshold             float32
	MinSilence, MinSpeech float32
	WindowSize            int32
	MaxSpeech             float32
}

type vadConfig struct {
	Silero     sileroVAD
	SampleRate int32
	NumThreads int32
	Provider   cstring
	Debug      int32
	Ten        sileroVAD
}

type speechSegment struct {
	Start   int32
	Samples *float32
	N       int32
}
