package enhance

/*
#cgo pkg-config: speexdsp
#include <speex/speex_preprocess.h>
*/
import "C"

import (
	"unsafe"

	"huike/audio"
)

// suppress is by how much noise is lowered, in dB.
const suppress = -15

// Denoise lowers steady noise in a stretch of speech, 16 kHz mono, in place
// (speexdsp: Ephraim and Malah's estimator, 1985). What is left over of the last
// frame stays as it is.
func Denoise(pcm []int16) {
	state := C.speex_preprocess_state_init(audio.FrameSamples, audio.Rate)
	defer C.speex_preprocess_state_destroy(state)
	level := C.int(suppress)
	C.speex_preprocess_ctl(state, C.SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, unsafe.Pointer(&level))
	// The estimate of the noise is learned from the whole stretch before it is used.
	for range 2 {
		var frame [audio.FrameSamples]C.spx_int16_t
		for from := 0; from+audio.FrameSamples <= len(pcm); from += audio.FrameSamples {
			for i := range frame {
				frame[i] = C.spx_int16_t(pcm[from+i])
			}
			C.speex_preprocess_estimate_update(state, &frame[0])
		}
	}
	for from := 0; from+audio.FrameSamples <= len(pcm); from += audio.FrameSamples {
		C.speex_preprocess_run(state, (*C.spx_int16_t)(unsafe.Pointer(&pcm[from])))
	}
}
