//go:build !linux

package main

import "math"

// What a process takes is read from /proc, which is Linux's.

func cpuMilliseconds(int) float64 { return math.NaN() }

func residentMegabytes(int) float64 { return math.NaN() }

func peakMegabytes(int) float64 { return math.NaN() }

func resetPeak(int) {}

func processor() string { return "an unknown processor" }
