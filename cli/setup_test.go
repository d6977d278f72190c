package cli

import "testing"

func TestDiffsHoldNoSecrets(t *testing.T) {
	for text, want := range map[string]string{
		`+  "API_KEY": "sk-1",`:                                   `+  "API_KEY": "…",`,
		`   "env": {"A_TOKEN": "a\"b", "B": "c"}`:                 `   "env": {"A_TOKEN": "…", "B": "c"}`,
		`-OVHCLOUD_API_KEY = "sk-1"`:                              `-OVHCLOUD_API_KEY = "…"`,
		`"Authorization": "Bearer sk-1"`:                          `"Authorization": "…"`,
		`"args": ["--header", "Authorization: Bearer sk-1"]`:      `"args": ["--header", "Authorization: Bearer …"]`,
		`"args": ["mine"]`:                                        `"args": ["…"]`,
		`"Authorization": "Bearer ${env:TEAM}"`:                   `"Authorization": "Bearer ${env:TEAM}"`,
		`"Authorization": "Bearer {env:TEAM}"`:                    `"Authorization": "Bearer {env:TEAM}"`,
		`"OVH_AI_ENDPOINTS_ACCESS_TOKEN": "$OVH_ACCESS_TOKEN"`:    `"OVH_AI_ENDPOINTS_ACCESS_TOKEN": "$OVH_ACCESS_TOKEN"`,
		`bearer_token_env_var = "TEAM"`:                           `bearer_token_env_var = "TEAM"`,
		`"password": true`:                                        `"password": true`,
		`env_vars = ["OVH_AI_ENDPOINTS_ACCESS_TOKEN"]`:            `env_vars = ["OVH_AI_ENDPOINTS_ACCESS_TOKEN"]`,
		`"args": ["--api-key-file", "/home/me/key", "--tools=a"]`: `"args": ["--api-key-file", "/home/me/key", "--tools=a"]`,
	} {
		if got := withoutSecrets(text, "mine"); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}

func TestRelativeCommands(t *testing.T) {
	for command, want := range map[string]bool{
		"bin/x": true, "./x": true, `bin\x.exe`: true, "../x": true,
		"": false, "x": false, "/bin/x": false, `C:\bin\x.exe`: false, `\\share\x`: false, "C:/bin/x": false,
	} {
		if isRelative(command) != want {
			t.Errorf("%q: %t", command, !want)
		}
	}
}
