package identify

import (
	"cmp"
	"math"
	"slices"
)

// limit is what a mistake costs at most, in nats: an answer that was heard so
// badly, or that was another person's, speaks no more against a member.
const limit = 14

// repeated is how much an answer counts that a better one to the same question
// stands beside: a recogniser makes the same mistake again.
const repeated = 0.3

// sharper is what all evidence is multiplied with: fitted, with repeated, to the
// development dialogues of EVI.
const sharper = 1.25

// unheard is how many people of no record, who would be heard as nobody is here,
// are counted in when the chance is reckoned that a stranger sounds like a
// member: a small register says little about names and dates.
const unheard = 1000

// possible is how many values a field has among all people: a stranger's own code,
// name or birthday, which no record has, is heard as well as a member's.
func possible(f int) float64 {
	return [fields]float64{2e6, 2e5, 4e4}[f]
}

// Caller is what one caller has answered so far. It is for one goroutine.
type Caller struct {
	register *Register
	heard    [fields][][]match
}

// Begin starts with a caller of whom nothing is known.
func (r *Register) Begin() *Caller { return &Caller{register: r} }

// Hear takes an answer to the question for field: what the recogniser wrote and
// its other readings, best first. No reading at all counts as an attempt. The
// strings are not kept.
func (c *Caller) Hear(field Field, readings []string) {
	if f := field.number(); f >= 0 {
		x := &c.register.fields[f]
		c.heard[f] = append(c.heard[f], x.match(x.hear(readings), limit))
	}
}

// evidence is the log-likelihood of each value of a field, up to a constant:
// that of the best attempt, and a part of the others'.
func (c *Caller) evidence(f int) []float64 {
	n := len(c.register.fields[f].count)
	sum, best := make([]float64, n), make([]float64, n)
	for _, attempt := range c.heard[f] {
		for _, m := range attempt {
			better := limit - float64(m.cost)
			sum[m.value] += better
			best[m.value] = max(best[m.value], better)
		}
	}
	for v := range sum {
		sum[v] = sharper * (repeated*sum[v] + (1-repeated)*best[v])
	}
	return sum
}

// Candidate is a member who may be calling.
type Candidate struct {
	ID        string
	Posterior float64 // 0 to 1
	Agree     int     // fields of which an answer speaks for her
	Against   int     // fields of which an answer speaks for somebody else
}

// weighed is a [Caller]'s answers set against all records.
type weighed struct {
	total    []float64 // of each record, log
	evidence [fields][]float64
	best     [fields]float64 // evidence of any value
	chance   [fields]float64 // log of what a stranger's answer would reach
	stranger float64         // log
	sum      float64         // of all, as a log
}

func (c *Caller) weigh() *weighed {
	r := c.register
	n := float64(len(r.ids))
	w := &weighed{total: make([]float64, len(r.ids)), stranger: math.Log(r.config.Strangers)}
	prior := math.Log((1 - r.config.Strangers) / max(n, 1))
	for i := range w.total {
		w.total[i] = prior
	}
	for f := range r.fields {
		x := &r.fields[f]
		if len(c.heard[f]) == 0 || len(x.count) == 0 {
			continue
		}
		e := c.evidence(f)
		w.evidence[f] = e
		w.best[f] = slices.Max(e)
		sum, known := float64(unheard), float64(unheard)
		for v, count := range x.count {
			sum += math.Exp(e[v]) * float64(count)
			known += float64(count)
		}
		own := math.Exp(sharper*limit) / possible(f)
		w.chance[f] = math.Log(sum/known + own)
		w.stranger += w.chance[f]
		for i, v := range x.value {
			if v >= 0 {
				w.total[i] += e[v]
			} else {
				w.total[i] += w.chance[f]
			}
		}
	}
	top := w.stranger
	for _, t := range w.total {
		top = max(top, t)
	}
	sum := math.Exp(w.stranger - top)
	for _, t := range w.total {
		sum += math.Exp(t - top)
	}
	w.sum = top + math.Log(sum)
	return w
}

// candidate says how record i stands.
func (c *Caller) candidate(w *weighed, i int) Candidate {
	out := Candidate{ID: c.register.ids[i], Posterior: math.Exp(w.total[i] - w.sum)}
	for f := range c.register.fields {
		v := c.register.fields[f].value[i]
		if v >= 0 && w.evidence[f] != nil && w.evidence[f][v] > w.chance[f]+agree {
			out.Agree++
		}
		if v >= 0 && w.evidence[f] != nil && w.best[f] > w.evidence[f][v]+against {
			out.Against++
		}
	}
	return out
}

// agree is by how much an answer must fit a member better than a stranger's
// would to speak for her, in nats: ten times.
const agree = 2.3

// against is by how much another record must fit an answer better to speak
// against a member, in nats. Who lives at her address, or has her birthday, is not
// she.
const against = 7

// Candidates returns the n likeliest members, best first, and how likely it is
// that the caller is none of the register's.
func (c *Caller) Candidates(n int) (best []Candidate, stranger float64) {
	w := c.weigh()
	order := make([]int, len(w.total))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(w.total[b], w.total[a]) })
	for _, i := range order[:min(n, len(order))] {
		best = append(best, c.candidate(w, i))
	}
	return best, math.Exp(w.stranger - w.sum)
}

// Action is what to do next.
type Action string

// The actions of a [Decision].
const (
	Accept Action = "accept"  // the caller is Decision.Candidate
	Ask    Action = "ask"     // ask for Decision.Field, again if it was asked before
	PassOn Action = "pass_on" // nothing is left to ask: another way, or a person
)

// Decision is what to do after an answer.
type Decision struct {
	Action    Action
	Candidate Candidate // the likeliest member, whatever the action
	Field     Field     // where Action is Ask
	Attempt   int       // where Action is Ask: 0 for the first time; later, ask to spell
}

// Decide weighs all answers so far. It accepts a member who is likely enough and
// of whom enough fields agree and none disagrees; else it asks what was not asked, then again what
// was heard worst, and passes on when all was asked often enough.
func (c *Caller) Decide() Decision { return c.DecideBy(c.register.config.Agree) }

// DecideBy is [Caller.Decide] with another number of fields that must speak for a member:
// more, where more depends on it. What her record does not have is not asked for once she
// is likely enough.
func (c *Caller) DecideBy(fields int) Decision {
	var d Decision
	likely := -1
	w := c.weigh()
	if len(w.total) > 0 {
		best := 0
		for i, t := range w.total {
			if t > w.total[best] {
				best = i
			}
		}
		d.Candidate = c.candidate(w, best)
		likely = best
	}
	cfg := c.register.config
	if d.Candidate.Posterior < cfg.Accept || d.Candidate.Against > 0 {
		likely = -1
	}
	if likely >= 0 && d.Candidate.Agree >= fields {
		d.Action = Accept
		return d
	}
	d.Action = PassOn
	worst := math.Inf(1)
	for f := range c.register.fields {
		attempts := len(c.heard[f])
		if attempts >= cfg.Attempts || len(c.register.fields[f].count) == 0 || likely >= 0 && c.settled(w, f, likely) {
			continue
		}
		heard := float64(attempts) * limit // the fewest attempts first, then what fits nobody
		if w.evidence[f] != nil {
			heard += min(w.best[f]/float64(attempts), limit-1e-6)
		}
		if heard < worst {
			worst = heard
			d.Action, d.Field, d.Attempt = Ask, c.register.fields[f].field, attempts
		}
	}
	return d
}

// settled says whether field f can say no more for a member who is likely enough: her
// record does not have it, or an answer speaks for her already.
func (c *Caller) settled(w *weighed, f, member int) bool {
	v := c.register.fields[f].value[member]
	return v < 0 || w.evidence[f] != nil && w.evidence[f][v] > w.chance[f]+agree
}

// Standing says how the member with this ID stands, and whether she is in the
// register.
func (c *Caller) Standing(id string) (Candidate, bool) {
	i := slices.Index(c.register.ids, id)
	if i < 0 {
		return Candidate{ID: id}, false
	}
	return c.candidate(c.weigh(), i), true
}
