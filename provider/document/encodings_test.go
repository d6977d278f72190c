package document_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/document"
)

type sample struct {
	language string
	encoding encoding.Encoding
	name     string
	text     string
}

// samples returns a text in each encoding that is read without a mark or a declaration.
func samples() []sample {
	const (
		german    = "Heute warten drei Schiffe im Hafen, und die Kräne sind schon bereit. Am späten Nachmittag fährt das größte über die Weser zurück. Die Schiffer grüßen die Möwen."
		french    = "Aujourd'hui, trois navires restent dans le port, et les grues sont déjà prêtes. À la fin de l'après-midi, le plus grand remontera la Garonne jusqu'à l'écluse. Les bateliers saluent les mouettes là-bas."
		polish    = "Dziś w porcie czekają trzy statki, a dźwigi są już gotowe. Późnym popołudniem największy odpłynie w górę rzeki. Żeglarze pozdrawiają mewy, które krążą nad łodziami."
		hungarian = "Ma három hajó várakozik a kikötőben, és a daruk már készen állnak. Késő délután a legnagyobb felfelé indul a folyón. A hajósok üdvözlik a sirályokat, amelyek a csónakok fölött köröznek."
		russian   = "Сегодня в порту ждут три корабля, и краны уже готовы. Ближе к вечеру самый большой уйдёт вверх по реке. Матросы приветствуют чаек, которые кружат над лодками."
		greek     = "Σήμερα τρία πλοία περιμένουν στο λιμάνι και οι γερανοί είναι ήδη έτοιμοι. Αργά το απόγευμα το μεγαλύτερο θα φύγει προς τα πάνω στο ποτάμι. Άλλοι χαιρετούν τους γλάρους."
		hebrew    = "היום מחכות שלוש אניות בנמל, והעגורנים כבר מוכנים. לקראת ערב תפליג הגדולה שבהן במעלה הנהר. המלחים מברכים לשלום את השחפים."
		arabic    = "تنتظر اليوم ثلاث سفن في الميناء، والرافعات جاهزة بالفعل. في وقت متأخر من بعد الظهر ستبحر أكبرها في أعلى النهر. البحارة يحيون النوارس."
		japanese1 = "今日は港で三隻の船が待っていて、クレーンの準備もできています。夕方には一番大きな船が川をのぼります。"
	)
	return []sample{
		{"German", charmap.Windows1252, "windows-1252", german},
		{"French", charmap.Windows1252, "windows-1252", french},
		{"French with its own letters", charmap.ISO8859_15, "ISO-8859-15", french + " Le cœur des sœurs bat pour 3 € à l'œuvre."},
		{"Spanish", charmap.Windows1252, "windows-1252", "Hoy esperan tres barcos en el puerto y las grúas ya están listas. ¿Cuándo saldrá el más grande? Mañana, río arriba, según el capitán."},
		{"Portuguese", charmap.Windows1252, "windows-1252", "Hoje três navios esperam no porto e os guindastes já estão prontos. À noite o maior não partirá, pois a estação das águas ainda não começou."},
		{"Italian", charmap.Windows1252, "windows-1252", "Oggi tre navi aspettano nel porto e le gru sono già pronte. Più tardi la nave più grande risalirà il fiume, perché così è stato deciso in città."},
		{"Swedish", charmap.Windows1252, "windows-1252", "I dag väntar tre fartyg i hamnen, och kranarna är redan färdiga. På kvällen går det största uppför ån. Sjömännen hälsar på måsarna."},
		{"Danish", charmap.Windows1252, "windows-1252", "I dag venter tre skibe i havnen, og kranerne er allerede på plads. Om aftenen sejler det største op ad åen. Søfolkene hilser på mågerne, når de går på værtshus."},
		{"Dutch", charmap.Windows1252, "windows-1252", "Vandaag wachten drie schepen in de haven, en de kranen zijn er al klaar voor. België en Zeeland zijn één dag varen. De ideeën van de schipper over het café zijn geëerd."},
		{"English with quotation marks", charmap.Windows1252, "windows-1252", "It’s the harbour’s biggest ship – “the crane’s ready”, says the captain… They’re waiting for the tide."},
		{"Polish", charmap.Windows1250, "windows-1250", polish},
		{"Polish", charmap.ISO8859_2, "ISO-8859-2", polish},
		{"Polish of DOS", charmap.CodePage852, "IBM852", polish},
		{"Czech", charmap.Windows1250, "windows-1250", "Dnes v přístavu čekají tři lodě a jeřáby jsou už připravené. Pozdě odpoledne největší z nich odpluje proti proudu řeky. Lodníci zdraví racky, kteří krouží nad čluny."},
		{"Hungarian", charmap.Windows1250, "windows-1250", hungarian},
		{"Croatian", charmap.Windows1250, "windows-1250", "Danas u luci čekaju tri broda, a dizalice su već spremne. Kasno poslijepodne najveći će otploviti uz rijeku. Mornari pozdravljaju galebove što kruže nad čamcima, šuteći između večernjih sati. Još će ždral doći."},
		{"Russian", charmap.Windows1251, "windows-1251", russian},
		{"Russian", charmap.KOI8R, "KOI8-R", russian},
		{"Russian", charmap.ISO8859_5, "ISO-8859-5", russian},
		{"Russian of DOS", charmap.CodePage866, "IBM866", russian},
		{"Russian in capitals", charmap.Windows1251, "windows-1251", strings.ToUpper(russian)},
		{"Ukrainian", charmap.Windows1251, "windows-1251", "Сьогодні в порту чекають три кораблі, і крани вже готові. Надвечір найбільший із них піде вгору річкою. Моряки вітають чайок, що кружляють над човнами. Її чекає ґанок."},
		{"Ukrainian", charmap.KOI8U, "KOI8-U", "Сьогодні в порту чекають три кораблі, і крани вже готові. Надвечір найбільший із них піде вгору річкою. Моряки вітають чайок, що кружляють над човнами. Її чекає ґанок."},
		{"Greek", charmap.Windows1253, "windows-1253", greek},
		{"Greek", charmap.ISO8859_7, "ISO-8859-7", greek},
		{"Turkish", charmap.Windows1254, "windows-1254", "Bugün limanda üç gemi bekliyor ve vinçler çoktan hazır. Akşama doğru en büyüğü ırmağın yukarısına gidecek. Gemiciler kayıkların üstünde dönen martıları selamlıyor."},
		{"Hebrew", charmap.Windows1255, "windows-1255", hebrew},
		{"Arabic", charmap.Windows1256, "windows-1256", arabic},
		{"Arabic", charmap.ISO8859_6, "ISO-8859-6", arabic},
		{"Lithuanian", charmap.Windows1257, "windows-1257", "Šiandien uoste laukia trys laivai, o kranai jau paruošti. Vėlai po pietų didžiausias išplauks aukštyn upe. Jūreiviai sveikina žuvėdras, kurios suka ratus virš valčių."},
		{"Thai", charmap.Windows874, "windows-874", "วันนี้มีเรือสามลำรออยู่ที่ท่าเรือ และปั้นจั่นก็พร้อมแล้ว ตอนเย็นเรือลำใหญ่ที่สุดจะแล่นขึ้นไปตามแม่น้ำ ลูกเรือทักทายนกนางนวล"},
		{"Japanese", japanese.ShiftJIS, "Shift_JIS", japanese1},
		{"Japanese", japanese.EUCJP, "EUC-JP", japanese1},
		{"Japanese mail", japanese.ISO2022JP, "ISO-2022-JP", japanese1},
		{"Chinese", simplifiedchinese.GB18030, "GB18030", "今天有三艘船在港口等待，起重机已经准备好了。傍晚最大的那艘会沿河而上。水手们向海鸥问好。"},
		{"Chinese of Taiwan", traditionalchinese.Big5, "Big5", "今天有三艘船在港口等待，起重機已經準備好了。傍晚最大的那艘會沿河而上。水手們向海鷗問好。"},
		{"Korean", korean.EUCKR, "EUC-KR", "오늘 항구에는 배 세 척이 기다리고 있고, 기중기는 벌써 준비되어 있습니다. 저녁 무렵 가장 큰 배가 강을 거슬러 올라갑니다."},
	}
}

func (s sample) encode(t testing.TB, text string) []byte {
	t.Helper()
	data, err := s.encoding.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("%s in %s: %v", s.language, s.name, err)
	}
	return data
}

func TestEncodings(t *testing.T) {
	for _, s := range samples() {
		for _, text := range []string{s.text, strings.ReplaceAll(s.text, ". ", ".\r\n"), table(s.text), strings.Repeat("a line of ASCII\n", 20_000) + s.text} {
			got, name, err := document.Text(t.Context(), s.encode(t, text))
			if err != nil || got != text || name != s.name {
				t.Errorf("%s in %s: got %.200q in %q, %v", s.language, s.name, got[max(0, len(got)-len(s.text)):], name, err)
			}
		}
	}
}

// table returns words of a text as CSV with many figures.
func table(text string) string {
	var b strings.Builder
	for i, word := range strings.Fields(text) {
		b.WriteString(strings.Repeat("1234.5;", i%7) + word + ";" + strings.Repeat("0", i%5) + "\r\n")
	}
	return b.String()
}

// Each beginning of a text, however short, is read right or not at all: one word is often not
// enough, but several are.
func TestShortTextsAreReadRightOrNotAtAll(t *testing.T) {
	for _, s := range samples() {
		words := strings.SplitAfter(s.text, " ")
		read := 0
		for n := 1; n <= len(words); n++ {
			text := strings.Join(words[:n], "")
			got, name, err := document.Text(t.Context(), s.encode(t, text))
			var failure *document.Error
			switch {
			case err == nil && got == text:
				read++
			case err == nil && n > 3:
				t.Errorf("%s in %s: %d words are read as %q in %q", s.language, s.name, n, got, name)
			case err != nil && !errors.As(err, &failure):
				t.Errorf("%s in %s: %v", s.language, s.name, err)
			}
		}
		if read*3 < len(words) {
			t.Errorf("%s in %s: read only %d beginnings of %d", s.language, s.name, read, len(words))
		}
	}
}

// Nothing that was partly saved as UTF-8 is read as if it were all in the old encoding.
func TestMixturesWithUTF8(t *testing.T) {
	for _, s := range samples() {
		if s.name == "ISO-2022-JP" {
			continue // it is ASCII, and so UTF-8
		}
		for _, share := range []int{1, 2, 4, 8} {
			data := append(s.encode(t, strings.Repeat(s.text+"\n", share)), s.text+"\n"...)
			var failure *document.Error
			if text, name, err := document.Text(t.Context(), data); !errors.As(err, &failure) {
				t.Errorf("%s in %s, %d times, and once in UTF-8: got %q in %q, %v", s.language, s.name, share, text[max(0, len(text)-60):], name, err)
			}
		}
	}
}

func TestUncertainTexts(t *testing.T) {
	for _, test := range []struct{ name, data, message string }{
		{"the letter of several languages", "mogo\xe8e", "is not UTF-8, but windows-1250"},
		{"a bad byte in Russian", strings.Repeat("\xd1\xe5\xe3\xee\xe4\xed\xff \xe2 \xef\xee\xf0\xf2\xf3 \xf2\xf0\xe8 \xea\xee\xf0\xe0\xe1\xeb\xff.\n", 20_000) + "\x98", "windows-1251"},
	} {
		text, encoding, err := document.Text(t.Context(), []byte(test.data))
		var failure *document.Error
		if !errors.As(err, &failure) {
			t.Errorf("%s: got %.80q in %q, %v", test.name, text, encoding, err)
			continue
		}
		if !strings.Contains(failure.Message, strings.TrimPrefix(test.message, "is not UTF-8, but ")) || !strings.Contains(failure.Hint, "iconv") {
			t.Errorf("%s: got %q, hint %q", test.name, failure.Message, failure.Hint)
		}
	}
}
