package cli

import (
	"sync"

	"github.com/sirupsen/logrus"

	"quiesce/actions"
)

// redactor takes the values of secrets out of what is told and logged, at any
// time and from any goroutine.
type redactor struct {
	mu     sync.Mutex
	values actions.Redactor
}

// add makes values secret.
func (r *redactor) add(secrets map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values.Add(secrets)
}

func (r *redactor) text(s string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values.Text(s)
}

// Levels and Fire make it a hook of the log.
func (r *redactor) Levels() []logrus.Level { return logrus.AllLevels }

// Fire redacts the message and the fields.
func (r *redactor) Fire(e *logrus.Entry) error {
	e.Message = r.text(e.Message)
	for key, value := range e.Data {
		switch v := value.(type) {
		case string:
			e.Data[key] = r.text(v)
		case error:
			e.Data[key] = r.text(v.Error())
		}
	}
	return nil
}
