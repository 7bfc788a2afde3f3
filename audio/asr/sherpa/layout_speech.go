package sherpa

// The structs of voices, of what tells them apart and of languages, held to the header
// as those of layout.go are.

type vits struct {
	Model, Lexicon, Tokens, DataDir      cstring
	NoiseScale, NoiseScaleW, LengthScale float32
	DictDir                              cstring
}

type matcha struct {
	AcousticModel, Vocoder, Lexicon, Tokens, DataDir cstring
	NoiseScale, LengthScale                          float32
	DictDir                                          cstring
}

type kokoro struct {
	Model, Voices, Tokens, DataDir cstring
	LengthScale                    float32
	DictDir, Lexicon, Lang         cstring
}

type kitten struct {
	Model, Voices, Tokens, DataDir cstring
	LengthScale                    float32
}

type zipvoice struct {
	Tokens, Encoder, Decoder, Vocoder, DataDir, Lexicon cstring
	FeatScale, TShift, TargetRMS, GuidanceScale         float32
}

type pocket struct {
	LMFlow, LMMain, Encoder, Decoder, TextConditioner, VocabJSON, TokenScoresJSON cstring
	CacheCapacity                                                                 int32
}

type supertonic struct {
	DurationPredictor, TextEncoder, VectorEstimator, Vocoder, TTSJSON, UnicodeIndexer, VoiceStyle cstring
}

type ttsModel struct {
	VITS       vits
	NumThreads int32
	Debug      int32
	Provider   cstring
	Matcha     matcha
	Kokoro     kokoro
	Kitten     kitten
	Zipvoice   zipvoice
	Pocket     pocket
	Supertonic supertonic
}

type ttsConfig struct {
	Model        ttsModel
	RuleFSTs     cstring
	MaxSentences int32
	RuleFARs     cstring
	SilenceScale float32
}

type generatedAudio struct {
	Samples    *float32
	N          int32
	SampleRate int32
}

type generation struct {
	SilenceScale    float32
	Speed           float32
	Speaker         int32
	Reference       *float32
	ReferenceLength int32
	ReferenceRate   int32
	ReferenceText   cstring
	NumSteps        int32
	Extra           cstring
}

type embeddingConfig struct {
	Model             cstring
	NumThreads, Debug int32
	Provider          cstring
}

type languageWhisper struct {
	Encoder, Decoder cstring
	TailPaddings     int32
}

type languageConfig struct {
	Whisper           languageWhisper
	NumThreads, Debug int32
	Provider          cstring
}

type languageResult struct{ Lang cstring }

// functions of voices, speakers and languages. A call back takes the sound made since
// the last one, how many samples that is and how much is done, and returns 0 to stop.
type speechFunctions struct {
	createTTS    func(*ttsConfig) uintptr
	destroyTTS   func(uintptr)
	ttsRate      func(uintptr) int32
	ttsSpeakers  func(uintptr) int32
	generate     func(uintptr, string, *generation, uintptr, uintptr) *generatedAudio
	destroyAudio func(*generatedAudio)

	createEmbedder   func(*embeddingConfig) uintptr
	destroyEmbedder  func(uintptr)
	embeddingDim     func(uintptr) int32
	embeddingStream  func(uintptr) uintptr
	embeddingReady   func(uintptr, uintptr) int32
	embed            func(uintptr, uintptr) *float32
	destroyEmbedding func(*float32)

	createLanguage        func(*languageConfig) uintptr
	destroyLanguage       func(uintptr)
	languageStream        func(uintptr) uintptr
	language              func(uintptr, uintptr) *languageResult
	destroyLanguageResult func(*languageResult)
}

func (l *speechFunctions) functions() map[string]any {
	return map[string]any{
		"CreateOfflineTts":                                &l.createTTS,
		"DestroyOfflineTts":                               &l.destroyTTS,
		"OfflineTtsSampleRate":                            &l.ttsRate,
		"OfflineTtsNumSpeakers":                           &l.ttsSpeakers,
		"OfflineTtsGenerateWithConfig":                    &l.generate,
		"DestroyOfflineTtsGeneratedAudio":                 &l.destroyAudio,
		"CreateSpeakerEmbeddingExtractor":                 &l.createEmbedder,
		"DestroySpeakerEmbeddingExtractor":                &l.destroyEmbedder,
		"SpeakerEmbeddingExtractorDim":                    &l.embeddingDim,
		"SpeakerEmbeddingExtractorCreateStream":           &l.embeddingStream,
		"SpeakerEmbeddingExtractorIsReady":                &l.embeddingReady,
		"SpeakerEmbeddingExtractorComputeEmbedding":       &l.embed,
		"SpeakerEmbeddingExtractorDestroyEmbedding":       &l.destroyEmbedding,
		"CreateSpokenLanguageIdentification":              &l.createLanguage,
		"DestroySpokenLanguageIdentification":             &l.destroyLanguage,
		"SpokenLanguageIdentificationCreateOfflineStream": &l.languageStream,
		"SpokenLanguageIdentificationCompute":             &l.language,
		"DestroySpokenLanguageIdentificationResult":       &l.destroyLanguageResult,
	}
}
