package mirror

import "context"

// Renew asks the source of an address although it was asked lately: for one
// who was told that there is something new. Callers at the same moment share
// one request, and what comes is left for the other nodes as ever.
func (m *Mirror) Renew(ctx context.Context, address string) error {
	if !m.allowed(address) {
		return ErrNotAllowed
	}
	_, err, _ := m.flight.Do("renew "+address, func() (any, error) {
		return nil, m.ask(ctx, address)
	})
	return err
}
