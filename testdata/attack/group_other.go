//go:build !linux

package main

import "errors"

// memoryGroup is a cgroup, which Linux has.
type memoryGroup struct{}

func newMemoryGroup(int64) (*memoryGroup, error) { return nil, errors.New("this is not Linux") }

func (*memoryGroup) add(int) error { return nil }

func (*memoryGroup) remove() {}
