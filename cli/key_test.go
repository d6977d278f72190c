package cli

import "testing"

func TestWhereAKeyGoesInClearText(t *testing.T) {
	for baseURL, want := range map[string]string{
		"https://api.example.com/v1":        "",
		"http://api.example.com/v1":         "api.example.com",
		"http://10.0.0.7:8080/v1":           "10.0.0.7:8080",
		"HTTP://api.example.com":            "api.example.com",
		"http://localhost.example.com/v1":   "localhost.example.com",
		"http://host.docker.internal:80/v1": "host.docker.internal:80",
		"http://[2001:db8::1]:80/v1":        "[2001:db8::1]:80",
		"http://localhost:8080/v1":          "",
		"http://LOCALHOST/v1":               "",
		"http://127.0.0.1:8080/v1":          "",
		"http://127.9.9.9/v1":               "",
		"http://[::1]:8080/v1":              "",
		"":                                  "",
	} {
		if got := inClearTo(baseURL); got != want {
			t.Errorf("%s: %q, want %q", baseURL, got, want)
		}
	}
}
