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

	learned int // frames
	back    int // the best delay, in frames, when it was looked for last
	known   bool
}

// often is how many frames pass from one look for the best delay to the next: the
// means hardly move in 100 ms.
const often = 5

// learn takes the loudness of the frame that is heard, and the ring of what was
// said, the newest at now.
func (d *delays) learn(heard float64, said *[depth]float64, now int) {
	d.weight += forget * (1 - d.weight)
	d.heard += forget * (heard - d.heard)
	d.square += forget * (heard*heard - d.square)
	at := now
	for back := range depth {
		s := said[at]
		d.said[back] += forget * (s - d.said[back])
		d.saidSquare[back] += forget * (s*s - d.saidSquare[back])
		d.product[back] += forget * (s*heard - d.product[back])
		if at--; at < 0 {
			at = depth - 1
		}
	}
	if d.learned%often == 0 && d.weight >= enough {
		d.look()
	}
	d.learned++
}

// enough is the weight from which on the delay is looked for: 300 ms of sound.
const enough = 0.15

// look looks for the best delay.
func (d *delays) look() {
	most := 0.0
	for i := range depth {
		if c := d.correlation(i); c > most {
			most, d.back = c, i
		}
	}
	d.known = most > sure
}

// best returns the delay, in frames, and whether it is believed.
func (d *delays) best() (back int, known bool) { return d.back, d.known }

func (d *delays) correlation(back int) float64 {
	w := d.weight
	heard := d.square/w - (d.heard/w)*(d.heard/w)
	said := d.saidSquare[back]/w - (d.said[back]/w)*(d.said[back]/w)
	if heard <= 0 || said <= 0 {
		return 0
	}
	return (d.product[back]/w - d.heard/w*d.said[back]/w) / math.Sqrt(heard*said)
}
