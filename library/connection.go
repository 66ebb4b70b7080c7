package library

import (
	"errors"
	"net"
)

// connectionFailed says whether an error came before anything was sent.
func connectionFailed(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var dns *net.DNSError
	return errors.As(err, &dns)
}
