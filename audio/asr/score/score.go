// Package score compares what was recognised with what was said: word and
// character error rates over text that was normalised in the same way whoever
// wrote it. Case, punctuation, widths, contractions and the writing of numbers
// count as no difference. It knows English and Chinese, and nothing of sound.
package score

// Counts are the edits between what was said and what was recognised, added up
// over any number of texts.
type Counts struct {
	Words, WordErrors           int // words of what was said; words to change, add or leave out
	Characters, CharacterErrors int // the same of characters, without the spaces between words
}

// Add compares got with want and adds the edits.
func (c *Counts) Add(want, got string) {
	said, heard := Tokens(want), Tokens(got)
	c.Words += len(said)
	c.WordErrors += Distance(said, heard)
	letters, heardLetters := characters(said), characters(heard)
	c.Characters += len(letters)
	c.CharacterErrors += Distance(letters, heardLetters)
}

// WER is the word error rate: errors by words said, 0 where nothing was said and
// nothing recognised. It may be above 1. A Han character is a word.
func (c *Counts) WER() float64 { return rate(c.WordErrors, c.Words) }

// CER is the character error rate.
func (c *Counts) CER() float64 { return rate(c.CharacterErrors, c.Characters) }

func rate(errors, all int) float64 {
	if errors == 0 {
		return 0
	}
	return float64(errors) / float64(max(all, 1))
}

func characters(tokens []string) []rune {
	var all []rune
	for _, t := range tokens {
		all = append(all, []rune(t)...)
	}
	return all
}

// Distance is the least number of elements to change, add or leave out to make
// got of want (Levenshtein's).
func Distance[T comparable](want, got []T) int {
	row := make([]int, len(got)+1)
	for j := range row {
		row[j] = j
	}
	for i := range want {
		diagonal := row[0]
		row[0] = i + 1
		for j := range got {
			change := diagonal
			if want[i] != got[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(got)]
}
