package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFindingsComeInTheOrderOfTheChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after := func(d time.Duration, findings ...Finding) func(context.Context) []Finding {
			return func(ctx context.Context) []Finding {
				select {
				case <-time.After(d):
					return findings
				case <-ctx.Done():
					return []Finding{Fail(ctx.Err().Error(), "")}
				}
			}
		}
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		rows := Run(t.Context(), []Check{
			{"slow", after(10*time.Second, Good("a"), Warn("b", "c"))},
			{"quick", after(0, Skip("d"))},
			{"silent", after(0)},
			{"as slow", after(10*time.Second, Good("e"))},
			{"too slow", after(time.Minute)},
			{"hanging", func(context.Context) []Finding { <-release; return nil }},
		})
		if took := time.Since(start); took > maxTime+2*time.Second {
			t.Errorf("it took %s", took)
		}
		want := []Row{
			{"slow", Finding{OK, "a", ""}}, {"slow", Finding{Warning, "b", "c"}}, {"quick", Finding{Skipped, "d", ""}},
			{"as slow", Finding{OK, "e", ""}}, {"too slow", Finding{Failed, "context deadline exceeded", ""}},
			{"hanging", Fail("the check did not end within 15s", "try again; if it is a folder, see whether its file system answers")},
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheWorstFindingCounts(t *testing.T) {
	for want, statuses := range map[Status][]Status{
		OK: {OK, Skipped}, Warning: {OK, Warning, Skipped}, Failed: {Warning, Failed, OK},
	} {
		var rows []Row
		for _, s := range statuses {
			rows = append(rows, Row{"", Finding{Status: s}})
		}
		if got := Worst(rows); got != want {
			t.Errorf("%v: %s", statuses, got)
		}
	}
	if Worst(nil) != OK {
		t.Error("nothing is not ok")
	}
}

func TestCacheFolders(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, make([]byte, 1500), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		folder string
		status Status
		found  string
	}{
		{"", Warning, "none: there is no home folder"},
		{base, OK, base + " can be written, 1 file of 2 kB"},
		{filepath.Join(base, "new", "folder"), OK, "folder can be written, 0 files of 0 kB"},
		{file, Warning, file + " cannot be written: "},
		{filepath.Join(file, "below"), Warning, " cannot be written: "},
	} {
		got := Cache(test.folder)
		if len(got) != 1 || got[0].Status != test.status || !strings.Contains(got[0].Found, test.found) {
			t.Errorf("%s: %+v", test.folder, got)
		}
	}
	if files, err := os.ReadDir(base); err != nil || len(files) != 2 {
		t.Errorf("it left %v behind, %v", files, err)
	}
}

func TestFolders(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]Status{base: OK, t.TempDir(): OK, file: Failed, filepath.Join(base, "none"): Failed, "": Failed} {
		if got := Folder("--allow-dir", folder); got.Status != want || want == Failed && !strings.Contains(got.Hint, "--allow-dir") {
			t.Errorf("%s: %+v", folder, got)
		}
	}
}

func TestAges(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 119 * time.Second: "119 seconds", 2 * time.Minute: "2 minutes", 119 * time.Minute: "119 minutes",
		2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days", 1000 * time.Hour: "41 days",
	} {
		if got := age(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
