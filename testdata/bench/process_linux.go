package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// cpuMilliseconds returns the user and system time that a process has taken, NaN
// when it cannot be read.
func cpuMilliseconds(pid int) float64 {
	const tick = 10 // ms; Linux reports in 1/100 s on every architecture that Go runs on
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return math.NaN()
	}
	// The name in parentheses may hold spaces; utime and stime are the 12th and
	// 13th field after it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return math.NaN()
	}
	return tick * (number(fields[11]) + number(fields[12]))
}

// residentMegabytes returns the resident memory of a process, NaN when it
// cannot be read.
func residentMegabytes(pid int) float64 { return statusMegabytes(pid, "VmRSS:") }

// peakMegabytes returns the most resident memory that a process had since its start
// or the last resetPeak, NaN when it cannot be read.
func peakMegabytes(pid int) float64 { return statusMegabytes(pid, "VmHWM:") }

func statusMegabytes(pid int, field string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return math.NaN()
	}
	_, after, _ := strings.Cut(string(text), field)
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	return number(kilobytes) * 1024 / 1e6
}

// resetPeak sets the peak of a process to what is resident now. Where that is not
// permitted, the peak is that since the start, which is more.
func resetPeak(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// processor names the machine's processor.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	found := regexp.MustCompile(`(?m)^model name\s*: (.+)$`).FindSubmatch(text)
	if found == nil {
		return "an unknown processor"
	}
	return string(found[1])
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return value
}
