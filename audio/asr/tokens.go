package asr

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// vocabulary is the text of each of Moonshine's tokens, by number.
type vocabulary []string

// readVocabulary reads a file of one token a line. In it a token's leading "▁"
// is a space, and "<0x0A>" is the byte 0x0A; other names in angle brackets are
// marks without text.
func readVocabulary(path string) (vocabulary, error) {
	f, err := os.Open(path) //nolint:gosec // the models folder is the operator's
	if err != nil {
		return nil, fmt.Errorf("recognizer's vocabulary: %w", err)
	}
	defer func() { _ = f.Close() }()
	var v vocabulary
	for lines := bufio.NewScanner(f); lines.Scan(); {
		v = append(v, tokenText(lines.Text()))
	}
	if len(v) < 1000 {
		return nil, fmt.Errorf("recognizer's vocabulary %s: %d tokens, expected 32000: run make models", path, len(v))
	}
	return v, nil
}

func tokenText(line string) string {
	if hex, ok := strings.CutPrefix(line, "<0x"); ok {
		if b, err := strconv.ParseUint(strings.TrimSuffix(hex, ">"), 16, 8); err == nil {
			return string([]byte{byte(b)})
		}
	}
	if strings.HasPrefix(line, "<") && strings.HasSuffix(line, ">") && len(line) > 2 {
		return ""
	}
	return strings.ReplaceAll(line, "▁", " ")
}

// text joins tokens. A token without text, or beyond the vocabulary, is left out.
func (v vocabulary) text(tokens []int64) string {
	var b strings.Builder
	for _, t := range tokens {
		if t >= 0 && t < int64(len(v)) {
			b.WriteString(v[t])
		}
	}
	return strings.TrimSpace(strings.ToValidUTF8(b.String(), ""))
}
