package media

import "testing"

func TestDrivesAreNoSchemes(t *testing.T) {
	for source, want := range map[string]string{
		`C:\Users\a.png`: "", "C:/Users/a.png": "", "C://Users/a.png": "", "c:a.png": "",
		"file:///C:/a.png": "file", "s3://bucket/a.png": "s3", "a b://c": "",
	} {
		if got := SchemeOf(source); got != want {
			t.Errorf("%q has the scheme %q, want %q", source, got, want)
		}
	}
}
