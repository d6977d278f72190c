package main

import (
	"fmt"
	"math"
	"os"
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
func residentMegabytes(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return math.NaN()
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return math.NaN()
	}
	return number(fields[1]) * float64(os.Getpagesize()) / 1e6
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return value
}
