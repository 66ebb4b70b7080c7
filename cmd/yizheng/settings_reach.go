package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"yizheng/reach"
)

// reachOf gives the ranges that are reached on the word of others: those that
// the configuration names, and this machine where the deployment's own address
// lies on it, as in a demonstration.
func reachOf(named []string, own string) (reach.Ranges, error) {
	ranges, err := reach.Parse(named)
	if err != nil {
		return nil, fmt.Errorf("reach: %w", err)
	}
	if u, err := url.Parse(own); err == nil && isLoopback(u.Hostname()) {
		ranges = append(ranges, reach.Loopback()...)
	}
	return ranges, nil
}

// outward gives a client for addresses that others name.
func outward(within time.Duration, named []string, own string) (*http.Client, error) {
	ranges, err := reachOf(named, own)
	if err != nil {
		return nil, usage("configuration", err)
	}
	return reach.Client(within, ranges), nil
}
