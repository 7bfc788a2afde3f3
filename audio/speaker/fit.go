package speaker

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"huike/audio"
)

// A Take is a stretch of speech of one speaker.
type Take struct {
	Speaker string
	PCM     []int16 // mono at [audio.Rate]
}

// Config says how a model is fitted. Its zero value is what huike's own was fitted with.
type Config struct {
	Name      string // 0: "huike"
	Gaussians int    // 0: 32
	Away      int    // directions that are taken away; 0: 24
	Seed      uint64
}

const (
	rounds   = 12
	mostEach = 6000 // frames of a speaker that the mixture is fitted on, so that none has it all
)

// Fit fits a model on takes of a few seconds each, several of each speaker: best over the
// lines and in the noise that the model will hear. The same takes give the same model.
func Fit(takes []Take, config Config) (*Model, error) {
	if config.Name == "" {
		config.Name = "huike"
	}
	if config.Gaussians == 0 {
		config.Gaussians = 32
	}
	if config.Away == 0 {
		config.Away = 24
	}
	h := newHearer()
	heard := make([][]frame, len(takes))
	each := map[string]int{}
	var all []frame
	for i, t := range takes {
		heard[i] = h.hear(t.PCM)
		take := min(len(heard[i]), mostEach-each[t.Speaker])
		each[t.Speaker] += take
		all = append(all, heard[i][:take]...)
	}
	if len(each) < 2 || len(all) < 10*config.Gaussians {
		return nil, fmt.Errorf("%d speakers with %v of speech: %w", len(each), audio.Duration(len(all)*hop, audio.Rate), errFew)
	}
	random := rand.New(rand.NewPCG(config.Seed, 1)) //nolint:gosec // the same model each time
	m := newModel(config.Name, train(all, config.Gaussians, rounds, random), nil)
	m.away = directions(within(takes, func(i int) []float32 { return m.moved(heard[i]) }), config.Away)
	return m, nil
}

var errFew = errors.New("too few to fit a model of voices on")

// within returns how each take's vector differs from the mean of its speaker's.
func within(takes []Take, vector func(int) []float32) [][]float64 {
	of := map[string][]float64{}
	count := map[string]float64{}
	out := make([][]float64, len(takes))
	for i, t := range takes {
		v := vector(i)
		normal(v)
		out[i] = make([]float64, len(v))
		if of[t.Speaker] == nil {
			of[t.Speaker] = make([]float64, len(v))
		}
		for j, x := range v {
			out[i][j] = float64(x)
			of[t.Speaker][j] += float64(x)
		}
		count[t.Speaker]++
	}
	for i, t := range takes {
		weigh := 1 / math.Sqrt(count[t.Speaker]) // a speaker counts once, however many takes
		for j := range out[i] {
			out[i][j] = weigh * (out[i][j] - of[t.Speaker][j]/count[t.Speaker])
		}
	}
	return out
}

// directions are the n in which the vectors are longest: the first principal components,
// by the vectors' products, which are fewer than their numbers.
func directions(vectors [][]float64, n int) [][]float32 {
	products := mat.NewSymDense(len(vectors), nil)
	for i, v := range vectors {
		for j := i; j < len(vectors); j++ {
			sum := 0.0
			for k, x := range vectors[j] {
				sum += v[k] * x
			}
			products.SetSym(i, j, sum)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(products, true) {
		return nil
	}
	values := eigen.Values(nil)
	var basis mat.Dense
	eigen.VectorsTo(&basis)
	var out [][]float32
	for k := len(values) - 1; k >= 0 && len(out) < n && values[k] > 1e-9; k-- {
		d := make([]float32, len(vectors[0]))
		for i, v := range vectors {
			w := basis.At(i, k)
			for j, x := range v {
				d[j] += float32(w * x)
			}
		}
		normal(d)
		out = append(out, d)
	}
	return out
}
