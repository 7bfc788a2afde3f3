package asr

import "strings"

// ranks are a vocabulary's tokens by their text, to write words in tokens. In
// LLaMA's vocabulary a token that was merged earlier has a smaller number.
type ranks map[string]int64

func (v vocabulary) ranks() ranks {
	r := make(ranks, len(v))
	for token, text := range v {
		if text == "" || token < firstPiece {
			continue
		}
		if _, there := r[text]; !there {
			r[text] = int64(token)
		}
	}
	return r
}

// firstPiece is the number of the first token that is neither a mark nor a byte.
const firstPiece = 259

// tokens writes text in tokens as the tokenizer would within a sentence, with a
// space before it: the two neighbours that make the token of the least number are
// joined again and again (byte-pair encoding). It returns nil for text with letters
// that no token has.
func (r ranks) tokens(text string) []int64 {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return nil
	}
	var parts []string
	for _, c := range " " + text {
		parts = append(parts, string(c))
	}
	for {
		best, at := int64(-1), 0
		for i := 0; i+1 < len(parts); i++ {
			if rank, there := r[parts[i]+parts[i+1]]; there && (best < 0 || rank < best) {
				best, at = rank, i
			}
		}
		if best < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	out := make([]int64, 0, len(parts))
	for _, p := range parts {
		token, there := r[p]
		if !there {
			return nil
		}
		out = append(out, token)
	}
	return out
}

const (
	mostNames  = 64 // names of one hint that count
	mostTokens = 12 // of one name
)

// names returns the names of a hint in tokens, as written and with a capital.
func (r ranks) names(words []string) [][]int64 {
	var out [][]int64
	for _, word := range words[:min(len(words), mostNames)] {
		for _, spelled := range spellings(word) {
			if t := r.tokens(spelled); len(t) > 0 && len(t) <= mostTokens {
				out = append(out, t)
			}
		}
	}
	return out
}

// spellings are a word as it is written, and as it stands in a sentence or at its
// beginning.
func spellings(word string) []string {
	word = strings.TrimSpace(word)
	out := []string{word}
	if lower := strings.ToLower(word); lower != word {
		out = append(out, lower)
	}
	if word != "" {
		if capital := strings.ToUpper(word[:1]) + word[1:]; capital != word && word[0] < 0x80 {
			out = append(out, capital)
		}
	}
	return out
}
