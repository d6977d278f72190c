package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// measureColdBuild compares builds from source with nothing compiled before but with all
// modules downloaded.
func (r *run) measureColdBuild(ctx context.Context) error {
	if !r.cold {
		return nil
	}
	for column, source := range []string{oursColumn: ".", bareColumn: "./testdata/bench/bare"} {
		cache := filepath.Join(r.folder, fmt.Sprintf("go-build-%d", column))
		build := exec.CommandContext(ctx, "go", buildArguments(filepath.Join(r.folder, "cold.exe"), source)...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOCACHE="+cache)
		begun := time.Now()
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w: %s", source, err, output)
		}
		r.add("cold build", "s", column, time.Since(begun).Seconds())
		if err := os.RemoveAll(cache); err != nil {
			return err
		}
	}
	return nil
}

// buildArguments are those of `make build`.
func buildArguments(binary, source string) []string {
	return []string{"build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", binary, source}
}
