package actions

// Redact replaces the values of secret inputs in a text by ***, as Redactor does.
func (e *Env) Redact(text string) string { return NewRedactor(e.Secrets).Text(text) }

// RedactError clears the text of an error of secrets. It wraps err, so that
// errors.Is sees the cause; the text of what is unwrapped is not to be shown.
func (e *Env) RedactError(err error) error {
	if err == nil || len(e.Secrets) == 0 {
		return err
	}
	return &redactedError{e.Redact(err.Error()), err}
}

type redactedError struct {
	text string
	err  error
}

func (r *redactedError) Error() string { return r.text }

func (r *redactedError) Unwrap() error { return r.err }
