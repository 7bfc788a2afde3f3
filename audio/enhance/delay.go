package enhance

import "math"

// delays knows how late the echo comes, by the correlation of the loudness of what
// is heard with that of what was said each number of frames before.
type delays struct {
	heard, square float64 // means of what is heard
	said          [depth]float64
	saidSquare    [depth]float64
	product       [depth]float64
	weight        float64 // of all that was learned, up to 1
}

// learn takes the loudness of the frame that is heard, and the ring of what was
// said, the newest at now.
func (d *delays) learn(heard float64, said *[depth]float64, now int) {
	d.weight += forget * (1 - d.weight)
	d.heard += forget * (heard - d.heard)
	d.square += forget * (heard*heard - d.square)
	for back := range depth {
		s := said[(now-back+depth)%depth]
		d.said[back] += forget * (s - d.said[back])
		d.saidSquare[back] += forget * (s*s - d.saidSquare[back])
		d.product[back] += forget * (s*heard - d.product[back])
	}
}

// best returns the delay, in frames, and whether it is believed.
func (d *delays) best() (back int, known bool) {
	if d.weight < 0.15 { // 300 ms
		return 0, false
	}
	most := 0.0
	for i := range depth {
		if c := d.correlation(i); c > most {
			most, back = c, i
		}
	}
	return back, most > sure
}

func (d *delays) correlation(back int) float64 {
	w := d.weight
	heard := d.square/w - (d.heard/w)*(d.heard/w)
	said := d.saidSquare[back]/w - (d.said[back]/w)*(d.said[back]/w)
	if heard <= 0 || said <= 0 {
		return 0
	}
	return (d.product[back]/w - d.heard/w*d.said[back]/w) / math.Sqrt(heard*said)
}
