package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// releaserConfig is the part of .goreleaser.yaml that the tests read.
type releaserConfig struct {
	Builds []struct {
		Env, Flags, GOOS, GOARCH []string
		LDFlags                  string
	}
	NFPMs []struct{ Description, License string }
}

// The packages hold what `make build` makes, for the systems that the code is vetted for.
func TestPackagesHoldTheProgramOfMakeBuild(t *testing.T) {
	t.Parallel()
	build := readYAML[releaserConfig](t, ".goreleaser.yaml").Builds[0]
	linked := strings.ReplaceAll(build.LDFlags, "{{ .Summary }}", "$(VERSION)") // both are of git describe
	got := strings.Join(build.Env, " ") + " go build " + strings.Join(build.Flags, " ") + ` -ldflags "` + linked + `" -o`
	if !strings.Contains(fileText(t, "Makefile"), "\n\t"+got) {
		t.Errorf("the packages are built with %s", got)
	}
	vetted := regexp.MustCompile(`(?m)for target in (.*/.*); do`).FindStringSubmatch(fileText(t, "Makefile"))[1]
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, architecture := range []string{"amd64", "arm64"} {
			if !slices.Contains(build.GOOS, system) || !slices.Contains(build.GOARCH, architecture) {
				t.Errorf("there is no package for %s/%s", system, architecture)
			}
			if target := system + "/" + architecture; target != "linux/amd64" && !slices.Contains(strings.Fields(vetted), target) {
				t.Errorf("%s is not vetted", target)
			}
		}
	}
}

func TestPackagesAndImageSayTheSame(t *testing.T) {
	t.Parallel()
	image := strings.Join(dockerfile(t), "\n")
	for _, p := range readYAML[releaserConfig](t, ".goreleaser.yaml").NFPMs {
		for label, want := range map[string]string{"description": p.Description, "licenses": p.License} {
			if !strings.Contains(image, `org.opencontainers.image.`+label+`="`+want+`"`) {
				t.Errorf("the image's %s is not that of the packages, %q", label, want)
			}
		}
		if len(p.Description) > 100 {
			t.Errorf("the description has %d characters, and the MCP registry takes 100", len(p.Description))
		}
	}
}

// A tool's version stands in the Makefile only, exact; a workflow's action has a version.
func TestToolsArePinnedOnce(t *testing.T) {
	t.Parallel()
	versions := regexp.MustCompile(`(?m)^[A-Z]+_VERSION +:= (.*)$`).FindAllStringSubmatch(fileText(t, "Makefile"), -1)
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 5 || len(versions) < 5 {
		t.Fatalf("%d workflows, %d versions: %v", len(files), len(versions), err)
	}
	others := fileText(t, ".goreleaser.yaml")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		others += string(content)
		for _, action := range regexp.MustCompile(`uses: (.*)`).FindAllStringSubmatch(string(content), -1) {
			if !strings.HasPrefix(action[1], "./") && !regexp.MustCompile(`^[\w-]+/[\w-]+@(v\d+|release/v\d+)$`).MatchString(action[1]) {
				t.Errorf("%s uses %s", file, action[1])
			}
		}
	}
	for _, version := range versions {
		if !regexp.MustCompile(`^v\d+\.\d+\.\d+(-\d{14}-[0-9a-f]{12})?$`).MatchString(version[1]) || strings.Contains(others, version[1]) {
			t.Errorf("%q is not exact, or stands in a workflow, too", version[1])
		}
	}
}
