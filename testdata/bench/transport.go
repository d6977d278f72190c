package main

import (
	"context"
	"fmt"
)

// transport is a way to reach a server. Its methods name measures.
type transport struct {
	name  string
	start func(program, context.Context) (*process, error)
}

func transports() []transport {
	return []transport{{"stdio", program.startStdio}, {"HTTP", program.startHTTP}}
}

// Measures without a transport.
const (
	start       = "start until `initialize` is answered"
	openStreams = "HTTP: 1,000 open streams, resident memory above idle"
	embedFiles  = "`embed` of 10,000 passages of files, ranked by a query"
	rankFiles   = "the same again, with the vectors kept on disk"
)

func (t transport) idle() string { return t.name + ": resident memory idle" }

func (t transport) afterwards() string {
	return fmt.Sprintf("%s: resident memory after %s calls", t.name, thousands(warmup))
}

func (t transport) chats(callers int, what string) string {
	return fmt.Sprintf("%s, %s at once: %s", t.name, thousands(callers), what)
}

func (t transport) p50(callers int) string       { return t.chats(callers, "p50") }
func (t transport) p99(callers int) string       { return t.chats(callers, "p99") }
func (t transport) tail(callers int) string      { return t.chats(callers, "p99/p50") }
func (t transport) perSecond(callers int) string { return t.chats(callers, "throughput") }
func (t transport) cpu(callers int) string       { return t.chats(callers, "CPU per call") }

func (t transport) firstProgress() string { return t.name + ": first progress after the first token" }

func (t transport) longStream(what string) string {
	return fmt.Sprintf("%s: answer of %s tokens, %s", t.name, thousands(longAnswer), what)
}

func (t transport) promptTime(megabytes int) string {
	return fmt.Sprintf("%s: prompt of %d MB", t.name, megabytes)
}

func (t transport) promptPeak(megabytes int) string {
	return t.promptTime(megabytes) + ", peak memory above idle as a multiple of it"
}

// thousands writes a number below a million with a comma.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
