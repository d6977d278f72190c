package provider

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// group runs functions at the same time, as errgroup does. A panic in one would
// end the process; here it becomes the waiter's, whose caller catches it.
type group struct {
	*errgroup.Group
	panicked atomic.Pointer[any]
}

var errPanicked = errors.New("a part of the call panicked")

func newGroup(ctx context.Context, limit int) (*group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	return &group{Group: g}, ctx
}

func (g *group) Go(f func() error) {
	g.Group.Go(func() (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				g.panicked.CompareAndSwap(nil, &cause)
				err = errPanicked
			}
		}()
		return f()
	})
}

func (g *group) Wait() error {
	err := g.Group.Wait()
	if cause := g.panicked.Load(); cause != nil {
		panic(*cause)
	}
	return err
}
