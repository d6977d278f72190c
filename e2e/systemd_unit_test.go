package e2e

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unitValues returns the values of a key of a unit file, in order.
func unitValues(t *testing.T, file, key string) (values []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?m)^`+key+`=(.*)$`).FindAllStringSubmatch(fileText(t, "deploy/systemd/"+file), -1) {
		values = append(values, found[1])
	}
	return values
}

// The unit runs a command that the program understands, with variables that it knows, and
// stops it no sooner than it has drained.
func TestTheUnitRunsTheServerAsItsFlagsAllow(t *testing.T) {
	start := strings.Fields(unitValues(t, "ai-endpoints-mcp.service", "ExecStart")[0])
	// The last flag is refused only after all the others were accepted.
	out, _ := exec.CommandContext(testContext(t), binary, append(slices.Clone(start[1:]), "--drain-timeout=0s")...).CombinedOutput()
	if start[0] != "/usr/bin/ai-endpoints-mcp" || !strings.HasPrefix(string(out), "error: --drain-timeout is \"0s\"") {
		t.Errorf("the command %v: %s", start, out)
	}
	name := unitValues(t, "ai-endpoints-mcp.socket", "FileDescriptorName")[0]
	if !strings.Contains(strings.Join(start, " "), "--listen systemd:"+name+" ") {
		t.Errorf("the socket %s is not the one of %v", name, start)
	}
	credential, _, _ := strings.Cut(unitValues(t, "ai-endpoints-mcp.service", "LoadCredential")[0], ":")
	if !strings.Contains(strings.Join(start, " "), "--api-key-file %d/"+credential) {
		t.Errorf("the credential %s is not the one of %v", credential, start)
	}
	readme := fileText(t, "README.md") // whose tables of variables are generated from the code
	for _, line := range unitValues(t, "ai-endpoints-mcp.service", "Environment") {
		for _, variable := range strings.Fields(line) {
			if name, _, _ := strings.Cut(variable, "="); !strings.Contains(readme, "`"+name+"`") {
				t.Errorf("the server does not know the variable %s", name)
			}
		}
	}
	if got := unitValues(t, "ai-endpoints-mcp.service", "TimeoutStopSec")[0]; got != "40s" {
		t.Errorf("systemd kills the server after %s; it drains for 30s, and closes connections", got)
	}
}
