package cli

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

const (
	// defaultMemory is the --memory-limit of a machine with more than enough.
	defaultMemory = 512 << 20
	// leastMemory fits one large request.
	leastMemory = 32 << 20
)

// memory divides the --memory-limit, and lets the garbage collector know of it: what
// calls held is garbage for a while, but the process stays under twice the limit.
func (o *options) memory(severalCallers bool) limit.Memory {
	most := o.MemoryLimit
	if most == 0 {
		most = machineMemory()
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(2*most + 64<<20)
	}
	return limit.NewMemory(most, severalCallers)
}

// machineMemory is defaultMemory, or less where the process may not have so much.
func machineMemory() int64 {
	least := int64(math.MaxInt64)
	if os.Getenv("GOMEMLIMIT") != "" {
		least = debug.SetMemoryLimit(-1)
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64); err == nil { // not "max"
			least = min(least, bytes)
		}
	}
	return max(leastMemory, min(defaultMemory, least/5*2))
}

// parseSize reads a size such as 512MiB, 1.5G or 300000000.
func parseSize(s string) (bytes int64, ok bool) {
	units := map[string]float64{
		"": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1e3, "m": 1 << 20, "mib": 1 << 20, "mb": 1e6, "g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	}
	digits := strings.TrimRightFunc(strings.TrimSpace(s), unicode.IsLetter)
	unit, known := units[strings.ToLower(strings.TrimSpace(s)[len(digits):])]
	number, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	return int64(number * unit), known && err == nil && number >= 0 && number*unit < 1<<50
}
