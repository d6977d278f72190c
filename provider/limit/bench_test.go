package limit

import (
	"fmt"
	"testing"
)

// BenchmarkAcquire takes slots of this process alone.
func BenchmarkAcquire(b *testing.B) {
	l, n := &Limiter{}, 0
	for b.Loop() {
		if !tryAcquire(l, fmt.Sprint(n/400), 400) {
			b.Fatal("no room")
		}
		n++
	}
}

func tryAcquire(l *Limiter, key string, perMinute int) bool {
	ok, _ := l.TryAcquire(key, perMinute, nil)
	return ok
}
