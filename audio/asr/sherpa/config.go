package sherpa

import (
	"math"
	"unsafe"

	"huike/audio"
)

// offline fills the configuration of a model that hears whole turns.
func offline(kind Kind, files Files, language string) *offlineConfig {
	f := func(role string) cstring { return c(files[role]) }
	o := &offlineConfig{
		Feat:           featureConfig{audio.Rate, features},
		DecodingMethod: c("greedy_search"),
		MaxActivePaths: paths,
		HotwordsScore:  hotwordScore,
	}
	m := &o.Model
	m.Tokens, m.NumThreads, m.Provider = f("tokens"), 1, c("cpu")
	switch kind {
	case Transducer:
		m.Transducer = transducer{f("encoder"), f("decoder"), f("joiner")}
		o.DecodingMethod = c("modified_beam_search") // which hot words need
		m.ModelingUnit, m.BPEVocab = unit(files), f("bpe")
	case Paraformer:
		m.Paraformer = f("model")
	case SenseVoice:
		m.SenseVoice = senseVoice{Model: f("model"), Language: c(language), UseITN: 1}
	case Whisper:
		m.Whisper = whisper{Encoder: f("encoder"), Decoder: f("decoder"), Language: c(language), Task: c("transcribe"), TailPaddings: -1}
	case Moonshine:
		m.Moonshine = moonshine{Encoder: f("encoder"), Preprocessor: f("preprocessor"), UncachedDecoder: f("uncached"), CachedDecoder: f("cached")}
		if m.Moonshine.UncachedDecoder == nil {
			m.Moonshine.MergedDecoder = f("decoder")
		}
	case StreamingTransducer, StreamingParaformer: // online's
	}
	return o
}

// online fills the configuration of a model that hears while the caller speaks.
// Where a turn ends is not its business.
func online(kind Kind, files Files) *onlineConfig {
	f := func(role string) cstring { return c(files[role]) }
	o := &onlineConfig{
		Feat:           featureConfig{audio.Rate, features},
		DecodingMethod: c("greedy_search"),
		MaxActivePaths: paths,
		HotwordsScore:  hotwordScore,
	}
	o.Model.Tokens, o.Model.NumThreads, o.Model.Provider = f("tokens"), 1, c("cpu")
	if kind == StreamingParaformer {
		o.Model.Paraformer = pair{f("encoder"), f("decoder")}
		return o
	}
	o.Model.Transducer = transducer{f("encoder"), f("decoder"), f("joiner")}
	o.DecodingMethod = c("modified_beam_search")
	o.Model.ModelingUnit, o.Model.BPEVocab = unit(files), f("bpe")
	return o
}

// unit is in what a model writes hot words.
func unit(files Files) cstring {
	if files["bpe"] != "" {
		return c("cjkchar+bpe")
	}
	return c("cjkchar")
}

// confidenceOf is the mean probability of a token; 0 where the model does not say.
func confidenceOf(got *offlineResult) float64 {
	if got.LogProbs == nil || got.Count <= 0 {
		return 0
	}
	sum := 0.0
	for _, p := range unsafe.Slice(got.LogProbs, got.Count) { //nolint:gosec // the library tells how many there are
		sum += float64(p)
	}
	return min(math.Exp(sum/float64(got.Count)), 1)
}
