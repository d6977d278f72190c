package document

import "strings"

// alphabet is the letters beside those of ASCII that texts in some languages have, in
// lower case, and the encodings that are made for them.
type alphabet struct {
	letters   string
	encodings string // separated by blanks
}

// alphabets returns the alphabets by which readings are told apart: an encoding of the
// wrong region decodes as letters, too, but as those of no language.
func alphabets() []alphabet {
	const (
		latin1  = "windows-1252 ISO-8859-15"
		western = latin1 + " macintosh IBM850"
		central = "windows-1250 ISO-8859-2 IBM852"
		turkish = "windows-1254"
		baltic  = "windows-1257"
		// The Cyrillic encodings have the letters of all Slavic languages, but KOI8-R.
		cyrillic = "windows-1251 ISO-8859-5"
	)
	return []alphabet{
		{"äöüß", western + " " + central + " " + turkish + " " + baltic}, // German
		{"àâæçèéêëîïôœùûüÿ", western},                                    // French
		{"áéíñóúü", western},                                             // Spanish
		{"áàâãçéêíóôõúü", latin1},                                        // Portuguese
		{"àèéìíîòóùú", western},                                          // Italian
		{"àçèéíïòóúü", latin1},                                           // Catalan
		{"åäöéüà", western},                                              // Swedish, Finnish
		{"åæøéèóò", western},                                             // Danish, Norwegian
		{"éèëïóöüáíú", western},                                          // Dutch, Irish
		{"áæéðíóöúýþ", latin1},                                           // Icelandic
		{"äöõüšž", latin1 + " " + baltic},                                // Estonian
		{"éèêëçïñâäöüáíóúãåøæ", western},                                 // English, with its loans
		{"ąćęłńóśźż", central + " " + baltic},                            // Polish
		{"áčďéěíňóřšťúůýž", central},                                     // Czech
		{"áäčďéíĺľňóôŕšťúýž", central},                                   // Slovak
		{"áéíóöőúüű", central},                                           // Hungarian
		{"âîăşţ", central},                                               // Romanian
		{"čćđšž", central},                                               // Croatian, Slovenian
		{"çğıöşüâîûi\u0307", turkish},                                    // Turkish
		{"ąčęėįšųūž", baltic},                                            // Lithuanian
		{"āčēģīķļņšūž", baltic},                                          // Latvian
		// Russian, Bulgarian.
		{"абвгдеёжзийклмнопрстуфхцчшщъыьэюя", cyrillic + " KOI8-R KOI8-U IBM866"},
		// Ukrainian.
		{"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "windows-1251 KOI8-U"},
		// Belarusian.
		{"абвгдеёжзіийклмнопрстуўфхцчшыьэюя", "windows-1251"},
		// Serbian, Macedonian.
		{"абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ", cyrillic},
		// Greek.
		{"αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "windows-1253 ISO-8859-7"},
		// Hebrew.
		{"אבגדהוזחטיךכלםמןנסעףפץצקרשת\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bb\u05bc\u05bd\u05bf\u05c1\u05c2",
			"windows-1255 ISO-8859-8"},
		// Thai.
		{"กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮฯะ\u0e31าำ\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3aเแโใไๅๆ" +
			"\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e๐๑๒๓๔๕๖๗๘๙", "windows-874"},
		// Arabic, Persian.
		{"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگک\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652", "windows-1256 ISO-8859-6"},
	}
}

// alphabetsOf returns the letters of each language that the encoding is made for.
func alphabetsOf(encodingName string) []string {
	var letters []string
	for _, a := range alphabets() {
		if strings.Contains(" "+a.encodings+" ", " "+encodingName+" ") {
			letters = append(letters, a.letters)
		}
	}
	return letters
}
