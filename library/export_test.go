package library

// Exec writes into the receiver's books behind its back.
func (r *Receiver) Exec(statement string, args ...any) error {
	_, err := r.db.Exec(statement, args...)
	return err
}
