package identify

import (
	"strings"
	"unicode"
)

// tokens cuts what a recogniser wrote into words of letters and words of
// digits, in capitals, with apostrophes and all other signs taken out.
func tokens(text string) []string {
	var words []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	digit := false
	for _, r := range text {
		switch {
		case r == '\'' || r == '’':
			continue
		case r >= '0' && r <= '9':
			if !digit {
				flush()
			}
			digit = true
		case unicode.IsLetter(r):
			if digit {
				flush()
			}
			digit = false
			r = plain(unicode.ToUpper(r))
		default:
			flush()
			continue
		}
		if r < unicode.MaxASCII {
			b.WriteRune(r)
		}
	}
	flush()
	return words
}

// plain takes the accent off the letters of European names.
func plain(r rune) rune {
	const accented, bare = "ÀÁÂÄÃÅÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØÙÚÛÜÝŁŚŹŻĆŃĄĘ", "AAAAAACEEEEIIIINOOOOOOUUUUYLSZZCNAE"
	if i := strings.IndexRune(accented, r); i >= 0 {
		return rune(bare[len([]rune(accented[:i]))])
	}
	return r
}

func isDigits(word string) bool { return word[0] >= '0' && word[0] <= '9' }

// letterNames are the ways in which recognisers write that one character was
// named: the spelling alphabets, the names of letters, digits as words.
func letterNames() map[string]string {
	names := map[string]string{}
	for char, words := range map[string]string{
		"A": "ALPHA ALFA APPLE AY EH HEY ADAM", "B": "BRAVO BEE BE BABY BOB BOY BRAVOS BEA BI", "C": "CHARLIE SEE SEA SI CAT SHE",
		"D": "DELTA DEE DAVID DOG DI", "E": "ECHO HE EE ELEPHANT", "F": "FOXTROT EF FREDDIE FOX", "G": "GOLF GEE GULF GEORGE JI GOALS",
		"H": "HOTEL AITCH HAITCH HATE EACH HITCH AGE ASH HOTELS HARRY HEIGHT HEIGHTS ACHE PAGE", "I": "INDIA EYE INDIGO",
		"J": "JULIET JULIETT JULIETTE JAY JULIA JUDY", "K": "KILO KAY OKAY KEY CAKE", "L": "LIMA EL ELLE ELL ELSA LIMO LLAMA",
		"M": "MIKE EM AM IM", "N": "NOVEMBER EN AND END IN KNOWING ANNA ANNE AN", "O": "OSCAR OH", "P": "PAPA PEE PEA PETER PIECE",
		"Q": "QUEBEC QUEUE CUE CURIOUS QUEEN KEW CUBE", "R": "ROMEO ARE OUR ROGER OR ROBERT AH AAH", "S": "SIERRA ESS SUGAR ASS YES",
		"T": "TANGO TEE TEA TOMMY TI TIGER", "U": "UNIFORM YOU UNCLE UMBRELLA", "V": "VICTOR VEE VIKA VIEW", "W": "WHISKEY WHISKY WILLIAM WATER",
		"X": "XRAY EX XYLOPHONE AX ECKS", "Y": "YANKEE WHY YELLOW WIFE", "Z": "ZULU ZED ZEDD ZEE ZEBRA SAID DEAD THAT SET ZAG ZIPPER HEAD SAD ZERO",
		"0": "ZERO OH NOUGHT HERO", "1": "ONE WON", "2": "TWO TO TOO", "3": "THREE FREE TREE", "4": "FOUR FOR FULL FALL FORE", "5": "FIVE FINE",
		"6": "SIX SICK STICKS SEX", "7": "SEVEN", "8": "EIGHT ATE EAT HATE ACHE", "9": "NINE NIGH",
	} {
		for word := range strings.FieldsSeq(words) {
			names[word] += char
		}
	}
	return names
}

// hearer reads utterances into lattices.
type hearer struct {
	letters map[string]string
	months  map[string]byte
	numbers map[string]string
	fillers map[string]bool
}

func newHearer() *hearer {
	h := &hearer{letters: letterNames(), months: monthNames(), numbers: numberNames(), fillers: map[string]bool{}}
	for w := range strings.FieldsSeq("THE AND IS MY ITS OF A FOR AS IN UM UH ER SORRY POSTCODE POST CODE NAME SURNAME FIRST LAST THEN LIKE RAY SPACE ON UTE YEAH NO IT I WAS BORN DATE BIRTH") {
		h.fillers[w] = true
	}
	return h
}

// rank is what it costs to take the recogniser's alternative with this index.
func rank(index int) float32 { return min(0.25*float32(index), 2) }

// alternatives is how many of a recogniser's alternatives are looked at.
const alternatives = 8
