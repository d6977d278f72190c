package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestCooldown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c Cooldown
		check := func(key string, ago time.Duration, cooling bool) {
			t.Helper()
			if gotAgo, got := c.Since(key); got != cooling || gotAgo != ago {
				t.Errorf("%s: got %s ago, cooling %v; want %s, %v", key, gotAgo, got, ago, cooling)
			}
		}
		check("a", 0, false)
		c.Succeed("a")
		c.Fail("a")
		check("a", 0, true)
		check("b", 0, false)
		<-time.After(30 * time.Second)
		c.Fail("b")
		check("a", 30*time.Second, true)
		<-time.After(30*time.Second - 1)
		check("a", time.Minute-1, true)
		<-time.After(1)
		check("a", 0, false)
		check("b", 30*time.Second, true)
		c.Fail("b") // again: it starts anew
		<-time.After(45 * time.Second)
		check("b", 45*time.Second, true)
		c.Succeed("b")
		check("b", 0, false)
	})
}

func TestCooldownForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c Cooldown
		for i := range 1000 {
			c.Fail(fmt.Sprint(i))
			<-time.After(time.Second)
		}
		if n := len(c.failed); n > 60 {
			t.Errorf("%d failures are remembered", n)
		}
	})
}
