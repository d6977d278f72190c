//go:build unix

package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The chart and the values that are set are there.
func checkHelm(t *testing.T, arguments []string) {
	t.Helper()
	values := object(readYAML[map[string]any](t, chartFolder+"/values.yaml"))
	if !slices.Contains(arguments, chartFolder) {
		t.Errorf("helm %q takes another chart", arguments)
	}
	for i, argument := range arguments[1:] {
		if arguments[i] != "--set" {
			continue
		}
		name, _, _ := strings.Cut(argument, "=")
		name = regexp.MustCompile(`\[.*|(annotations)\..*`).ReplaceAllString(name, "$1") // what users name
		if values.at(strings.Split(name, ".")...) == nil {
			t.Errorf("the chart has no value %s", name)
		}
	}
}

// What root does with a unit, it does with one that there is.
func checkRoot(t *testing.T, arguments []string) {
	t.Helper()
	if arguments[0] != "systemctl" {
		return
	}
	if _, err := os.Stat("../deploy/systemd/" + arguments[len(arguments)-1]); err != nil {
		t.Error(err)
	}
}
