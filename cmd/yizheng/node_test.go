package main

import (
	"testing"

	"yizheng/verifier"
)

// TestListsAreRenewedInTime holds that a server's own lists are never too old
// for another server, however little happens.
func TestListsAreRenewedInTime(t *testing.T) {
	// A node may be passed over once for another.
	if oldest := listRenewal + 2*lookForAge; oldest >= verifier.OnlineMaxAge {
		t.Errorf("a list may be %v old before it is signed anew; on line %v is too old", oldest, verifier.OnlineMaxAge)
	}
}
