package provider_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A budget does not begin beside a sum that it cannot read or write, whatever is in
// the way.
func TestBudgetWhoseSpendingCannotBeKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		disturb func(t *testing.T, folder, file string) error // the file is the day's
		says    string
	}{
		{"a file in place of the folder", func(_ *testing.T, folder, _ string) error {
			return errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600))
		}, "not a directory"},
		{"a folder in place of the file", func(_ *testing.T, _, file string) error {
			return errors.Join(os.Remove(file), os.Mkdir(file, 0o700))
		}, "is a directory"},
		{"a file that may not be read", func(t *testing.T, _, file string) error { return forbid(t, file, 0o200) }, "permission denied"},
		{"a file that may not be written", func(t *testing.T, _, file string) error { return forbid(t, file, 0o400) }, "permission denied"},
		{"noise", noise("\x00\xff not a number\n"), "a line that is not an amount"},
		{"an amount that cannot be", noise("-9223372036854775808\n"), "a line that is not an amount"},
		{"noise without a line end", noise("not a number"), "a line that is not an amount"},
		{"noise after amounts, without a line end", noise("250000000000\nNaN"), "a line that is not an amount"},
		{"zeros, as after a power failure", noise("250000000000\n" + strings.Repeat("\x00", 5000)), "a line that is not an amount"},
		{"a long number", noise(strings.Repeat("1", 1<<20) + "\n"), "a line that is not an amount"},
		{"noise among amounts", noise("250000000000\nNaN\n250000000000\n"), "a line that is not an amount"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder := filepath.Join(t.TempDir(), "cache")
				options := provider.Options{BaseURL: "http://upstream.test/v1", CatalogURL: "http://upstream.test/catalog", MaxCost: 1, CacheDir: folder}
				p, err := provider.New(options)
				if err != nil {
					t.Fatal(err)
				}
				p.Close()
				file := dayFiles(t, folder)[0]
				if err := tt.disturb(t, folder, file); err != nil {
					t.Fatal(err)
				}
				_, err = provider.New(options)
				if !errors.Is(err, provider.ErrSpending) || !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got error %v, want one that names the file and says %q", err, tt.says)
				}
				options.MaxCost = 0
				without, err := provider.New(options)
				if err != nil {
					t.Fatalf("without a budget: %v", err)
				}
				without.Close()
			})
		})
	}
}

// forbid takes rights to a file away; they do not bind root.
func forbid(t *testing.T, file string, mode os.FileMode) error {
	if os.Geteuid() <= 0 { // root, or a system without users of this kind
		t.Skip("every file can be read and written here")
	}
	return os.Chmod(file, mode)
}

func noise(content string) func(*testing.T, string, string) error {
	return func(_ *testing.T, _, file string) error { return os.WriteFile(file, []byte(content), 0o600) }
}

// A failure of the file while it is used is logged once, and the budget goes on with
// what it knows.
func TestBudgetFileThatBreaksWhileItIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		var log logBuffer
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder), func(o *provider.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		sum := 0.0
		for _, lines := range []string{"", "x\n250000000000\n", "1e300\n99999999999999999999\n"} {
			file, err := os.OpenFile(dayFiles(t, folder)[0], os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = file.WriteString(lines)
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
			result, err := ask(t, p)
			if err != nil {
				t.Fatal(err)
			}
			sum += *result.Cost
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 0.25+sum)
		if n := strings.Count(log.String(), "cannot be kept on disk"); n != 1 {
			t.Errorf("it was logged %d times:\n%s", n, log.String())
		}
	})
}
