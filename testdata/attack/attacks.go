package main

import (
	"context"
	"slices"
)

// attack is one way to harm a server.
type attack struct {
	name     string
	short    bool   // whether the short form tries it
	most     int    // peak memory in MB; 0 is what the whole process may take
	sigterm  bool   // try it a second time, and stop the server in the middle
	catalog  string // what the service answers for a catalogue; "" is the real one
	run      func(ctx context.Context, a *attacker)
	runStdio func(ctx context.Context, s *stdioServer) // in the place of run
	runShell func(ctx context.Context, j *judge, r *result)
}

// maxSchema is the peak in MB of a call with a hostile schema, and maxBody that of one
// body.
const (
	maxSchema = 800
	maxBody   = 400
)

func allAttacks() []attack {
	return slices.Concat(bodyAttacks(), crowdAttacks(), schemaAttacks(), pictureAttacks(), upstreamAttacks(), stdioAttacks(), shellAttacks())
}

// crowdAttacks are of many requests, whatever they hold.
func crowdAttacks() []attack {
	return []attack{
		{name: "1,000 callers send 1 MB at once", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
			body := prompt(1_000_000)
			a.together(1000, func(i int) { a.post(ctx, 1+i, body) })
		}},
		{name: "64 callers send 15 MB at once", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
			body := prompt(bodySize)
			a.together(64, func(i int) { a.post(ctx, 1+i, body) })
		}},
		{name: "one caller sends 15 MB 64 times at once", run: func(ctx context.Context, a *attacker) {
			body := prompt(bodySize)
			a.together(64, func(int) { a.post(ctx, 1, body) })
		}},
		{name: "64 callers send lists of 15 MB at once", sigterm: true, run: func(ctx context.Context, a *attacker) {
			bodies := [][]byte{}
			for _, s := range shapes() {
				bodies = append(bodies, s.body(bodySize))
			}
			a.together(64, func(i int) { a.post(ctx, 1+i, bodies[i%len(bodies)]) })
		}},
		{name: "60 bodies of 15 MB, a byte a second", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
			a.together(60, func(int) { a.slowBody(ctx, 1, a.seconds(5, 25)) })
		}},
		{name: "60 bodies without a size, a byte a second", run: func(ctx context.Context, a *attacker) {
			a.together(60, func(int) { a.slowBody(ctx, 1, a.seconds(5, 25), "Transfer-Encoding: chunked") })
		}},
		{name: "clients who do not read", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
			body := chat("upstream:long text.")
			a.together(a.number(40, 200), func(int) { a.neverRead(ctx, 1, body, a.seconds(4, 15)) })
		}},
		{name: "wrong tokens", short: true, run: func(ctx context.Context, a *attacker) {
			a.flood(ctx, 64, a.number(2_000, 20_000), func(i int) { a.postAs(ctx, wrongToken(i), ping()) })
		}},
		{name: "wrong tokens with bodies of 15 MB", run: func(ctx context.Context, a *attacker) {
			body := prompt(bodySize)
			a.flood(ctx, 64, 256, func(i int) { a.postAs(ctx, wrongToken(i), body) })
		}},
		{name: "calls that are cancelled", short: true, run: func(ctx context.Context, a *attacker) {
			body := chat("upstream:silence.")
			a.flood(ctx, 100, a.number(2_000, 10_000), func(i int) { a.cancel(ctx, 1+i%10, body) })
		}},
		{name: "pings", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
			a.flood(ctx, 64, a.number(5_000, 50_000), func(i int) { a.post(ctx, 1, ping()) })
		}},
		{name: "chats by one caller", run: func(ctx context.Context, a *attacker) {
			a.flood(ctx, 200, 10_000, func(i int) { a.post(ctx, 1, chat("hi")) })
		}},
	}
}
