package e2e

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// composeFile is the part of compose.yaml that the tests read.
type composeFile struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Secrets     []string
		Ports       []string
		Volumes     []string
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		MemLimit    string   `yaml:"mem_limit"`
		PidsLimit   int      `yaml:"pids_limit"`
		Image       string
		SecurityOpt []string `yaml:"security_opt"`
	}
	Secrets map[string]struct{ File string }
	Volumes map[string]any
}

// optionalDigest is what .ci/pin-images writes behind an exact version.
const optionalDigest = `(@sha256:[0-9a-f]{64})?`

func TestComposeFile(t *testing.T) {
	compose := readYAML[composeFile](t, "compose.yaml")
	for name, service := range compose.Services {
		if service.MemLimit == "" || service.PidsLimit == 0 {
			t.Errorf("%s may take all memory and processes of the machine", name)
		}
		exact := regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+\.\d+` + optionalDigest + `$`)
		if service.Image != "ai-endpoints-mcp" && !exact.MatchString(service.Image) {
			t.Errorf("%s has %s, which is no exact version", name, service.Image)
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s to more than this machine", name, port)
			}
		}
		if !slices.Equal(service.CapDrop, []string{"ALL"}) || !slices.Equal(service.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s keeps privileges: %v, %v", name, service.CapDrop, service.SecurityOpt)
		}
		for _, secret := range service.Secrets {
			file := compose.Secrets[secret].File
			if !strings.Contains("\n"+fileText(t, "deploy/.gitignore"), "\n/"+strings.TrimPrefix(file, "./deploy/")+"\n") {
				t.Errorf("the secret %s is in %q, which git does not ignore", secret, file)
			}
		}
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, named := compose.Volumes[source]; named {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", source)); err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
	}
}

func TestComposeRunsTheServerAsItsFlagsAllow(t *testing.T) {
	service := readYAML[composeFile](t, "compose.yaml").Services["ai-endpoints-mcp"]
	// The last flag is refused only after all the others were accepted.
	out, _ := exec.CommandContext(testContext(t), binary, append(service.Command, "--drain-timeout=0s")...).CombinedOutput()
	if !strings.HasPrefix(string(out), "error: --drain-timeout is \"0s\"") {
		t.Errorf("the command %v: %s", service.Command, out)
	}
	if slices.Contains(service.Command, "--insecure-no-auth") {
		t.Error("callers need no token")
	}
	tokens := slices.IndexFunc(service.Command, func(argument string) bool { return strings.HasPrefix(argument, "--auth-token-file=") })
	if tokens < 0 || !slices.Contains(service.Secrets, strings.TrimPrefix(service.Command[tokens], "--auth-token-file=/run/secrets/")) {
		t.Errorf("the token file of %v is not one of the secrets %v", service.Command, service.Secrets)
	}
	if !service.ReadOnly || !slices.Contains(service.Volumes, "cache:"+environmentOf(dockerfile(t), "AI_ENDPOINTS_CACHE_DIR")) {
		t.Errorf("the root is not read-only, or the cache is not on a volume: %v", service.Volumes)
	}
	readme := fileText(t, "README.md") // whose tables of variables are generated from the code
	for name := range service.Environment {
		if strings.HasPrefix(name, "AI_ENDPOINTS_") && !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the server does not know the variable %s", name)
		}
	}
}

// prometheusConfig is the part of prometheus.yml that the tests read.
type prometheusConfig struct {
	RuleFiles     []string `yaml:"rule_files"`
	ScrapeConfigs []struct {
		JobName       string                       `yaml:"job_name"`
		StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
	} `yaml:"scrape_configs"`
}

func TestPrometheusAndGrafanaFindWhatTheyRead(t *testing.T) {
	compose := readYAML[composeFile](t, "compose.yaml")
	mounted := func(service, path string) bool {
		return slices.ContainsFunc(compose.Services[service].Volumes, func(v string) bool { return strings.HasSuffix(v, ":"+path+":ro") })
	}
	prometheus := readYAML[prometheusConfig](t, "deploy/prometheus.yml")
	if len(prometheus.RuleFiles) == 0 || !mounted("prometheus", "/etc/prometheus/prometheus.yml") {
		t.Error("Prometheus has no rules, or not its own file")
	}
	for _, file := range prometheus.RuleFiles {
		if !mounted("prometheus", "/etc/prometheus/"+file) {
			t.Errorf("Prometheus does not have %s", file)
		}
	}
	var target string
	for _, argument := range compose.Services["ai-endpoints-mcp"].Command {
		if address, ok := strings.CutPrefix(argument, "--metrics-addr="); ok {
			_, port, _ := net.SplitHostPort(address)
			target = net.JoinHostPort("ai-endpoints-mcp", port)
		}
	}
	if got := prometheus.ScrapeConfigs[0].StaticConfigs[0].Targets; !slices.Equal(got, []string{target}) {
		t.Errorf("Prometheus scrapes %v and not %s", got, target)
	}
	dashboards := readYAML[struct {
		Providers []struct{ Options struct{ Path string } }
	}](t, "deploy/grafana/provisioning/dashboards/dashboards.yml")
	file := filepath.Join(dashboards.Providers[0].Options.Path, "dashboard.json")
	if !mounted("grafana", file) || compose.Services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] != file {
		t.Errorf("Grafana has no dashboard at %s", file)
	}
	sources := readYAML[struct{ Datasources []struct{ Name, UID string } }](t, "deploy/grafana/provisioning/datasources/prometheus.yml")
	chosen := readDashboard(t).Templating.List[0].Current
	if source := sources.Datasources[0]; chosen.Value != source.UID || chosen.Text != source.Name {
		t.Errorf("the dashboard reads %+v; there is %+v", chosen, source)
	}
}

func TestPrometheusTakesItsFiles(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not on the PATH")
	}
	for _, arguments := range [][]string{{"check", "config", "deploy/prometheus.yml"}, {"test", "rules", "testdata/alerts.yml"}} {
		check := exec.Command(promtool, arguments...)
		check.Dir = ".."
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", arguments, err, out)
		}
	}
}

func TestDockerfile(t *testing.T) {
	lines := dockerfile(t)
	final := lines[slices.Index(lines, "FROM scratch"):]
	for _, want := range []string{"USER 65532:65532", `ENTRYPOINT ["/ai-endpoints-mcp"]`, `CMD ["stdio"]`} {
		if !slices.Contains(final, want) {
			t.Errorf("the image lacks %s", want)
		}
	}
	labels := strings.Join(slices.DeleteFunc(slices.Clone(final), func(line string) bool { return !strings.HasPrefix(line, "LABEL ") }), " ")
	for label, want := range map[string]string{
		"org.opencontainers.image.title": "ai-endpoints-mcp", "org.opencontainers.image.description": ".+",
		"org.opencontainers.image.licenses": "Apache-2.0", "org.opencontainers.image.version": `\$VERSION`,
		"io.modelcontextprotocol.server.name": "io.github.ai-endpoints-mcp/ai-endpoints-mcp",
	} {
		if !regexp.MustCompile(` ` + label + `="` + want + `"`).MatchString(labels) {
			t.Errorf("the label %s is not %q: %s", label, want, labels)
		}
	}
	build := regexp.MustCompile(`CGO_ENABLED=0 .*go build (.*) -o`)
	same := build.FindStringSubmatch(strings.ReplaceAll(fileText(t, "Makefile"), "$(VERSION)", "$VERSION"))
	if got := build.FindStringSubmatch(strings.Join(lines, "\n")); got == nil || same == nil || got[1] != same[1] {
		t.Errorf("the image's binary is built with %q, that of make build with %q", got, same)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(fileText(t, "go.mod"))[1]
	if !regexp.MustCompile(` golang:` + regexp.QuoteMeta(version) + `\.\d+` + optionalDigest + ` AS build$`).MatchString(lines[0]) {
		t.Errorf("the build stage is %q; go.mod wants %s", lines[0], version)
	}
}

// dockerfile returns the instructions of the Dockerfile, one per string.
func dockerfile(t *testing.T) []string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(fileText(t, "Dockerfile"), "")
	text = regexp.MustCompile(`\s*\\\n\s*`).ReplaceAllString(text, " ")
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return line == "" })
}

func environmentOf(dockerfile []string, name string) string {
	for _, line := range dockerfile {
		if value, ok := strings.CutPrefix(line, "ENV "+name+"="); ok {
			return value
		}
	}
	return ""
}

// fileText returns a file of the repository.
func fileText(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func readYAML[T any](t *testing.T, path string) (value T) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(fileText(t, path)), &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}

// The README's recipe for a token adds no line to the token file if it has made none.
func TestReadmeAddsATokenOnlyIfThereIsOne(t *testing.T) {
	for _, program := range []string{"sh", "head", "tail"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	recipe := regexp.MustCompile(`(?m)^new=.*\n.*>> deploy/tokens$`).FindString(fileText(t, "README.md"))
	for _, program := range []string{binary, "/nowhere/ai-endpoints-mcp"} {
		folder := t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, "deploy"), 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "deploy", "tokens")
		shell := exec.Command("sh", "-c", strings.ReplaceAll(recipe, "bin/ai-endpoints-mcp", program)+"\nprintf %s \"$token\" > token")
		shell.Dir = folder
		output, failed := shell.CombinedOutput()
		if program != binary {
			if content, err := os.ReadFile(path); len(content) > 0 {
				t.Errorf("without a token: %s: %v, %v", content, failed, err)
			}
			continue
		}
		if _, err := httpd.OpenTokens(path, nil); failed != nil || err != nil {
			t.Errorf("with a token: %v: %s: %v", failed, output, err)
		}
		token, err := os.ReadFile(filepath.Join(folder, "token"))
		if err != nil {
			t.Fatal(err)
		}
		line, err := os.ReadFile(path)
		if want := fmt.Sprintf("alice: sha256:%x\n", sha256.Sum256(token)); err != nil || string(line) != want {
			t.Errorf("the file is %q, want %q, %v", line, want, err)
		}
		if !strings.Contains(string(output), "for alice: "+string(token)) {
			t.Errorf("the output is %q", output)
		}
	}
}
