//go:build unix

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// foreignPrograms are those that documents use and tests do not run, each with the
// check of its arguments: they belong to others, or take long.
func foreignPrograms() map[string]func(*testing.T, []string) {
	return map[string]func(*testing.T, []string){
		"claude": checkHostCommand, "codex": checkHostCommand, "gemini": checkHostCommand, "mcpo": checkHostCommand,
		"curl": checkCurl, "docker": checkDocker, "go": checkGo, "make": checkMake,
		"redis-server": checkRedis, "redis-cli": checkRedis,
		"npx": checkRunner, "uvx": checkRunner, "helm": checkHelm, "sudo": checkRoot,
		"kubectl": func(*testing.T, []string) {}, // has no cluster here
		"jq":      func(*testing.T, []string) {}, // reads what this program printed
	}
}

// checkArguments has the program parse arguments, as --help does before it prints. Only
// help refuses a command that does not exist.
func checkArguments(t *testing.T, arguments []string) {
	t.Helper()
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		if out, err := exec.Command(binary, "help", arguments[0]).CombinedOutput(); err != nil {
			t.Errorf("ai-endpoints-mcp %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
	if out, err := exec.Command(binary, append(slices.Clone(arguments), "--help")...).CombinedOutput(); err != nil {
		t.Errorf("ai-endpoints-mcp %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// The rights of the user are tried where the shared state is tested.
func checkRedis(t *testing.T, arguments []string) {
	t.Helper()
	if arguments[0] != "--daemonize" && !slices.Equal(arguments[:2], []string{"ACL", "SETUSER"}) {
		t.Errorf("redis %q is something else", arguments)
	}
}

// A runner of packages runs this one.
func checkRunner(t *testing.T, arguments []string) {
	t.Helper()
	arguments = slices.DeleteFunc(slices.Clone(arguments), func(word string) bool { return word == "-y" })
	if len(arguments) == 0 || arguments[0] != "ai-endpoints-mcp" {
		t.Errorf("%q is the package of another program", arguments)
		return
	}
	checkArguments(t, arguments[1:])
}

// A command that adds a server names this one, or a URL of it.
func checkHostCommand(t *testing.T, arguments []string) {
	t.Helper()
	if i := slices.Index(arguments, "--"); i >= 0 && i+1 < len(arguments) && filepath.Base(arguments[i+1]) == "ai-endpoints-mcp" {
		checkArguments(t, arguments[i+2:])
		return
	}
	isServer := func(word string) bool {
		return strings.HasSuffix(word, "/ai-endpoints-mcp") || strings.HasSuffix(word, "/mcp")
	}
	if !slices.ContainsFunc(arguments, isServer) {
		t.Errorf("%q names no server of this program", arguments)
	}
}

func checkCurl(t *testing.T, arguments []string) {
	t.Helper()
	header, body, url := http.Header{}, "", ""
	for i := 0; i < len(arguments); i++ {
		switch arguments[i] {
		case "-H":
			i++
			name, value, _ := strings.Cut(arguments[i], ": ")
			header.Set(name, value)
		case "-d":
			i++
			body = arguments[i]
		default:
			url = arguments[i]
		}
	}
	request, err := http.NewRequestWithContext(testContext(t), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := freshClient().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	want := http.StatusOK
	if strings.HasPrefix(header.Get("X-Emulator-Fault"), "429") {
		want = http.StatusTooManyRequests
	}
	if response.StatusCode != want || !json.Valid([]byte(body)) {
		t.Errorf("curl %q is answered with %s", arguments, response.Status)
	}
}

func checkDocker(t *testing.T, arguments []string) {
	t.Helper()
	if arguments[0] == "compose" {
		if _, err := os.Stat("../compose.yaml"); err != nil {
			t.Error(err)
		}
		return
	}
	image := slices.Index(arguments, "ai-endpoints-mcp")
	if arguments[0] != "run" || image < 0 {
		t.Errorf("docker %q runs another image", arguments)
		return
	}
	checkArguments(t, arguments[image+1:])
}

func checkGo(t *testing.T, arguments []string) {
	t.Helper()
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(string(module), "module "), "\n")
	switch arguments[0] {
	case "install":
		if arguments[1] != path+"@latest" {
			t.Errorf("go install %s: the module is %s", arguments[1], path)
		}
	case "test":
		// Only its name is looked for: it is one of those that run here.
		name := arguments[slices.Index(arguments, "-run")+1]
		sources, err := filepath.Glob(filepath.Join("..", arguments[len(arguments)-1], "*_test.go"))
		isIn := func(source string) bool {
			text, err := os.ReadFile(source)
			return err == nil && strings.Contains(string(text), "func "+name+"(")
		}
		if err != nil || !slices.ContainsFunc(sources, isIn) {
			t.Errorf("go test %q: there is no %s", arguments, name)
		}
	default:
		t.Errorf("nothing checks go %q", arguments)
	}
}

func checkMake(t *testing.T, arguments []string) {
	t.Helper()
	for _, word := range arguments {
		if !strings.Contains(word, "=") {
			checkTarget(t, word)
		}
	}
}

func checkTarget(t *testing.T, name string) {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil || !regexp.MustCompile(`(?m)^`+name+`:`).Match(makefile) {
		t.Errorf("the Makefile has no target %s, error %v", name, err)
	}
}

// checkConfig loads a config: this program's own by the program, and that of a client
// for the servers that it names.
func checkConfig(t *testing.T, b block) {
	t.Helper()
	var config any
	var err error
	switch b.language {
	case "json":
		err = json.Unmarshal([]byte(b.text), &config)
	case "toml":
		err = toml.Unmarshal([]byte(b.text), &config)
	default:
		err = yaml.Unmarshal([]byte(b.text), &config)
	}
	if err != nil {
		t.Errorf("%s:%d: %v", b.document, b.line, err)
		return
	}
	if checkServers(t, config) > 0 {
		return
	}
	file := filepath.Join(t.TempDir(), "config."+b.language)
	if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
	load := []string{"resolve", "llama@latest", "--sandbox", "--config", file}
	if root, ok := config.(map[string]any); ok && root["callers"] != nil {
		load = []string{"callers", "list", "--callers", file}
	}
	if out, err := exec.Command(binary, load...).CombinedOutput(); err != nil {
		t.Errorf("%s:%d: %v\n%s", b.document, b.line, err, out)
	}
}

// checkServers checks the servers in a client's config, and returns how many there are.
func checkServers(t *testing.T, config any) (servers int) {
	t.Helper()
	switch config := config.(type) {
	case []any:
		for _, item := range config {
			servers += checkServers(t, item)
		}
	case map[string]any:
		switch command := config["command"].(type) {
		case string:
			servers++
			checkServer(t, command, config)
		case []any: // with its arguments
			servers++
			program, _ := command[0].(string)
			checkServer(t, program, map[string]any{"args": command[1:], "env": config["environment"]})
		}
		for _, key := range []string{"url", "serverUrl"} {
			url, ok := config[key].(string)
			if !ok {
				continue
			}
			servers++
			if !strings.HasSuffix(url, "/mcp") {
				t.Errorf("the URL %s is not that of a server", url)
			}
		}
		for _, value := range config {
			servers += checkServers(t, value)
		}
	}
	return servers
}

func checkServer(t *testing.T, command string, config map[string]any) {
	t.Helper()
	var arguments []string
	given, _ := config["args"].([]any)
	for _, argument := range given {
		word, _ := argument.(string)
		arguments = append(arguments, word)
	}
	switch filepath.Base(command) {
	case "ai-endpoints-mcp":
		checkArguments(t, arguments)
	case "npx", "uvx":
		checkRunner(t, arguments)
	default:
		t.Errorf("%s is another program", command)
	}
	help, err := exec.Command(binary, "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	environment, _ := config["env"].(map[string]any)
	for name := range environment {
		if !strings.Contains(string(help), name) {
			t.Errorf("the variable %s has no effect", name)
		}
	}
}

// The configs that no package of others runs in CI, and those that one does, name
// servers that exist.
func TestConfigsOfExamples(t *testing.T) {
	for _, file := range []string{"../examples/docker-agent/agent.yaml", "../examples/litellm/config.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var config any
		if err := yaml.Unmarshal(text, &config); err != nil {
			t.Fatal(err)
		}
		if checkServers(t, config) == 0 {
			t.Errorf("%s names no server", file)
		}
	}
}
