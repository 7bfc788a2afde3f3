package track

import "sync"

// once builds the patterns at their first use.
var patterns = sync.OnceValue(newMeasures) //nolint:gochecknoglobals // compiled patterns, never written

// measures finds amounts of money, lengths of time, scores and telephone numbers.
func measures(text string) []mention {
	var out []mention
	for _, m := range patterns() {
		for _, at := range m.re.FindAllStringSubmatchIndex(text, -1) {
			groups := make([]string, len(at)/2)
			for g := range groups {
				if at[2*g] >= 0 {
					groups[g] = text[at[2*g]:at[2*g+1]]
				}
			}
			out = append(out, mention{at[0], at[1], m.write(groups), []string{"#" + m.kind}})
		}
	}
	return out
}
