package cli

import "testing"

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"512MiB": 512 << 20, " 2 GiB ": 2 << 30, "1.5g": 3 << 29, "300000000": 300_000_000, "64kb": 64_000, "64k": 64 << 10, "10B": 10, "0": 0,
	} {
		if got, ok := parseSize(text); got != want || !ok {
			t.Errorf("%q is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1MiB", "1 TiB", "1MiB2", "1e400", "a lot", "NaN", "Inf", "0x10M"} {
		if got, ok := parseSize(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// A container with little memory gets less than half of it.
func TestTheMemoryOfTheMachine(t *testing.T) {
	if got := machineMemory(); got < leastMemory || got > defaultMemory {
		t.Errorf("the default is %d bytes", got)
	}
}
