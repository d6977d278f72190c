package document

import (
	"slices"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// charset is an encoding that a text is read in without saying so.
type charset struct {
	name     string
	encoding encoding.Encoding
	detected []string // what the detector may call it, which knows some under the name of another one
	judge    func(text string) (words, bad int)
	wide     bool // whether a character takes several bytes
	latin    bool
	rare     bool   // of the last century
	within   string // a charset in which all common characters of this one are common, too
}

// badBytes returns for how many bytes that are not UTF-8 a text has a valid character by chance.
func (c charset) badBytes(certain bool) int {
	switch {
	case certain && c.wide: // two bytes are often a character of UTF-8, too
		return 0
	case certain && c.latin: // a letter is seldom followed by a sign
		return 20
	}
	return 2
}

// charsets returns all of them; of those that read a text alike, the first is named.
func charsets() []charset {
	const (
		latin1 = "ISO-8859-1"
		latin2 = "ISO-8859-2"
		greek  = "ISO-8859-7"
	)
	list := []charset{
		{name: "windows-1252", encoding: charmap.Windows1252, detected: []string{latin1, "windows-1252"}},
		{name: "ISO-8859-15", encoding: charmap.ISO8859_15, detected: []string{latin1, "windows-1252"}},
		{name: "windows-1250", encoding: charmap.Windows1250, detected: []string{latin2, "windows-1250"}},
		{name: "ISO-8859-2", encoding: charmap.ISO8859_2, detected: []string{latin2, "windows-1250"}},
		{name: "windows-1251", encoding: charmap.Windows1251, detected: []string{"windows-1251"}},
		{name: "KOI8-R", encoding: charmap.KOI8R, detected: []string{"KOI8-R"}},
		{name: "KOI8-U", encoding: charmap.KOI8U, detected: []string{"KOI8-R"}},
		{name: "ISO-8859-5", encoding: charmap.ISO8859_5, detected: []string{"ISO-8859-5"}},
		{name: "windows-1253", encoding: charmap.Windows1253, detected: []string{greek, "windows-1253"}},
		{name: "ISO-8859-7", encoding: charmap.ISO8859_7, detected: []string{greek, "windows-1253"}},
		{name: "windows-1254", encoding: charmap.Windows1254, detected: []string{"ISO-8859-9", "windows-1254"}},
		{name: "windows-1255", encoding: charmap.Windows1255, detected: []string{"ISO-8859-8", "ISO-8859-8-I", "windows-1255"}},
		{name: "windows-1256", encoding: charmap.Windows1256, detected: []string{"windows-1256"}},
		{name: "ISO-8859-6", encoding: charmap.ISO8859_6, detected: []string{"ISO-8859-6"}},
		// The detector knows none of these.
		{name: "windows-1257", encoding: charmap.Windows1257},
		{name: "windows-874", encoding: charmap.Windows874},
		{name: "IBM866", rare: true, encoding: charmap.CodePage866},
		{name: "IBM850", rare: true, encoding: charmap.CodePage850},
		{name: "IBM852", rare: true, encoding: charmap.CodePage852},
		{name: "macintosh", rare: true, encoding: charmap.Macintosh},
	}
	for i := range list {
		letters := alphabetsOf(list[i].name)
		list[i].latin = slices.ContainsFunc(letters, func(letters string) bool { return unicode.Is(unicode.Latin, []rune(letters)[0]) })
		list[i].judge = func(text string) (words, bad int) { return judgeWords(text, letters) }
	}
	return append(list,
		charset{name: "Shift_JIS", encoding: japanese.ShiftJIS, detected: []string{"Shift_JIS"}, judge: ideographs{
			encoding: japanese.ShiftJIS, first: 0x88, last: 0x97, trail: 0x40, kana: true,
		}.judge, wide: true},
		charset{name: "EUC-JP", encoding: japanese.EUCJP, detected: []string{"EUC-JP"}, judge: ideographs{
			encoding: japanese.EUCJP, first: 0xb0, last: 0xcf, trail: 0xa1, kana: true,
		}.judge, wide: true},
		charset{name: "GB18030", encoding: simplifiedchinese.GB18030, detected: []string{"GB18030"}, judge: ideographs{
			encoding: simplifiedchinese.GB18030, first: 0xb0, last: 0xd7, trail: 0xa1,
		}.judge, wide: true},
		charset{name: "Big5", encoding: traditionalchinese.Big5, detected: []string{"Big5"}, judge: ideographs{
			encoding: traditionalchinese.Big5, first: 0xa4, last: 0xc6, trail: 0x40,
		}.judge, wide: true},
		charset{name: "EUC-KR", within: "GB18030", encoding: korean.EUCKR, detected: []string{"EUC-KR"}, judge: ideographs{
			encoding: korean.EUCKR, first: 0xb0, last: 0xc8, trail: 0xa1,
		}.judge, wide: true})
}
