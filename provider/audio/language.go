package audio

import (
	"slices"
	"strings"
)

// Language returns the code of ISO 639-1 for a language as people write it: the code
// itself, one of three letters, a tag such as de-DE, or a name. Whisper also has two
// languages without a code of two letters. ok is false for anything else.
func Language(given string) (code string, ok bool) {
	name := strings.ToLower(strings.TrimSpace(given))
	for _, spelling := range []string{name, base(name)} {
		for line := range strings.Lines(languages) {
			names := strings.Split(strings.TrimSpace(line), ",")
			if slices.Contains(names, spelling) {
				return names[0], true
			}
		}
		if len(spelling) == 2 && slices.Contains(strings.Fields(otherCodes), spelling) {
			return spelling, true
		}
	}
	return "", false
}

// base drops the script and the region of a tag, and what stands in brackets behind a
// name: "de-DE", "zh_Hans", "Spanish (Mexico)".
func base(name string) string {
	if i := strings.IndexAny(name, "-_("); i > 0 {
		name = name[:i]
	}
	return strings.TrimSpace(name)
}

// LanguageNames returns the English names of the languages.
func LanguageNames() []string {
	var names []string
	for line := range strings.Lines(languages) {
		names = append(names, strings.Split(strings.TrimSpace(line), ",")[1])
	}
	return names
}

// languages are those that Whisper knows: code, English names, codes of three letters and
// own names of the common ones.
const languages = `af,afrikaans,afr
am,amharic,amh
ar,arabic,ara,العربية
as,assamese,asm
az,azerbaijani,aze
ba,bashkir,bak
be,belarusian,bel
bg,bulgarian,bul,български
bn,bengali,bangla,ben
bo,tibetan,bod,tib
br,breton,bre,brezhoneg
bs,bosnian,bos
ca,catalan,valencian,cat,català
cs,czech,ces,cze,čeština
cy,welsh,cym,wel,cymraeg
da,danish,dan,dansk
de,german,deu,ger,deutsch
el,greek,ell,gre,ελληνικά
en,english,eng
es,spanish,castilian,spa,español,espanol
et,estonian,est,eesti
eu,basque,eus,baq,euskara
fa,persian,farsi,fas,per,فارسی
fi,finnish,fin,suomi
fo,faroese,fao
fr,french,fra,fre,français,francais
gl,galician,glg,galego
gu,gujarati,guj
ha,hausa,hau
haw,hawaiian
he,hebrew,heb,iw,עברית
hi,hindi,hin,हिन्दी
hr,croatian,hrv,hrvatski
ht,haitian creole,haitian,hat
hu,hungarian,hun,magyar
hy,armenian,hye,arm
id,indonesian,ind,bahasa indonesia
is,icelandic,isl,ice,íslenska
it,italian,ita,italiano
ja,japanese,jpn,日本語
jw,javanese,jv,jav
ka,georgian,kat,geo
kk,kazakh,kaz
km,khmer,khm
kn,kannada,kan
ko,korean,kor,한국어
la,latin,lat
lb,luxembourgish,letzeburgesch,ltz,lëtzebuergesch
ln,lingala,lin
lo,lao,lao
lt,lithuanian,lit,lietuvių
lv,latvian,lav,latviešu
mg,malagasy,mlg
mi,maori,mri,mao
mk,macedonian,mkd,mac
ml,malayalam,mal
mn,mongolian,mon
mr,marathi,mar
ms,malay,msa,may
mt,maltese,mlt
my,myanmar,burmese,mya,bur
ne,nepali,nep
nl,dutch,flemish,nld,dut,nederlands
nn,nynorsk,nno
no,norwegian,nor,norsk,nb,bokmål
oc,occitan,oci
pa,punjabi,panjabi,pan
pl,polish,pol,polski
ps,pashto,pushto,pus
pt,portuguese,por,português
ro,romanian,moldavian,moldovan,ron,rum,română
ru,russian,rus,русский
sa,sanskrit,san
sd,sindhi,snd
si,sinhala,sinhalese,sin
sk,slovak,slk,slo,slovenčina
sl,slovenian,slovene,slv,slovenščina
sn,shona,sna
so,somali,som
sq,albanian,sqi,alb,shqip
sr,serbian,srp,српски
su,sundanese,sun
sv,swedish,swe,svenska
sw,swahili,swa,kiswahili
ta,tamil,tam
te,telugu,tel
tg,tajik,tgk
th,thai,tha,ไทย
tk,turkmen,tuk
tl,tagalog,filipino,tgl
tr,turkish,tur,türkçe
tt,tatar,tat
uk,ukrainian,ukr,українська
ur,urdu,urd,اردو
uz,uzbek,uzb
vi,vietnamese,vie,tiếng việt
yi,yiddish,yid
yo,yoruba,yor
yue,cantonese
zh,chinese,mandarin,zho,chi,cmn,中文`

// otherCodes are the other codes of ISO 639-1, for models that know more.
const otherCodes = `aa ab ae ak an av ay bi ce ch co cr cu cv dv dz ee eo ff fj fy ga gd gn gv ho hz ia ie ig ii ik io iu kg ki kj kl
kr ks ku kv kw ky li lu mh na nd ng nr nv ny oj om or os pi qu rm rn rw sc se sg sm ss st ti tn to ts tw ty ug ve vo wa wo xh za zu`
