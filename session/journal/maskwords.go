package journal

import "strings"

// maskWords masks the mobile numbers in text.
func maskWords(text string) string {
	var out strings.Builder
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		digits := text[i-run : i]
		if run == 11 && digits[0] == '1' && digits[1] >= '3' {
			digits = digits[:3] + "****" + digits[7:]
		}
		out.WriteString(digits)
		run = 0
		if i < len(text) {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}
