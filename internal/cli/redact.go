package cli

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
)

// redacted stands where a secret stood.
const redacted = "***"

// redactor takes the values of secrets out of texts.
type redactor struct {
	mu     sync.Mutex
	values []string // the longest first, so that no part of one is left over
}

// add makes values secret, also in the forms in which they are quoted.
func (r *redactor) add(secrets map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range secrets {
		if value == "" {
			continue
		}
		quoted := strconv.Quote(value)
		r.values = append(r.values, value, quoted[1:len(quoted)-1])
		if encoded, err := json.Marshal(value); err == nil {
			r.values = append(r.values, string(encoded[1:len(encoded)-1]))
		}
	}
	slices.SortFunc(r.values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	r.values = slices.Compact(r.values)
}

func (r *redactor) text(s string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range r.values {
		s = strings.ReplaceAll(s, value, redacted)
	}
	return s
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
