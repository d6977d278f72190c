package main

import (
	"os"
	"strconv"
	"strings"
)

// load is processor time, in 1/100 s, since the machine has started.
type load struct {
	all, idle float64
	own       float64 // of the server, this process and the attackers that have ended
}

// readLoad reads /proc; without one it returns the zero value.
func readLoad(server int) (l load) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return load{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	// user, nice, system, idle, iowait, irq, softirq, steal; those after it are parts of them.
	for i, field := range strings.Fields(line)[1:9] {
		ticks, _ := strconv.ParseFloat(field, 64)
		if l.all += ticks; i == 3 || i == 4 {
			l.idle += ticks
		}
	}
	l.own = float64(server)
	if text, err = os.ReadFile("/proc/self/stat"); err != nil {
		return load{}
	}
	// User and system time, also of children that have ended, are the 12th to 15th field
	// after the name in parentheses.
	for _, field := range strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))[11:15] {
		ticks, _ := strconv.ParseFloat(field, 64)
		l.own += ticks
	}
	return l
}

// slower returns how much longer things took until now because other programs ran: 1 if
// there were none.
func (l load) slower(now load) float64 {
	all := now.all - l.all
	others := (all - (now.idle - l.idle)) - (now.own - l.own)
	if all <= 0 || others <= 0 {
		return 1
	}
	return 1 / max(1-others/all, 0.1)
}
