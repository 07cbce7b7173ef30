package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

// openLog makes the operator's log as the flags say.
func (a *app) openLog() error {
	level, err := logrus.ParseLevel(a.global.logLevel)
	if err != nil {
		return usage("--log-level: %q is no level: panic, fatal, error, warn, info, debug or trace", a.global.logLevel)
	}
	log := logrus.New()
	log.SetLevel(level)
	log.SetOutput(a.Err)
	log.AddHook(a.secrets)
	switch a.global.logFormat {
	case "text":
		log.SetFormatter(&logrus.TextFormatter{DisableColors: !a.errStyle().Colour, FullTimestamp: true})
	case "json":
		log.SetFormatter(&logrus.JSONFormatter{})
	default:
		return usage("--log-format: %q is neither text nor json", a.global.logFormat)
	}
	if a.global.logFile != "" {
		f, err := os.OpenFile(a.global.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
		log.SetOutput(f)
		a.logFile = f
	}
	a.log = log
	return nil
}

// logAbove writes the log through w while a live line is on the terminal.
func (a *app) logAbove(w io.Writer) (restore func()) {
	if a.logFile != nil {
		return func() {}
	}
	a.log.SetOutput(w)
	return func() { a.log.SetOutput(a.Err) }
}

func (a *app) closeLog() error {
	if a.logFile == nil {
		return nil
	}
	if err := a.logFile.Close(); err != nil {
		return fmt.Errorf("close the log: %w", err)
	}
	return nil
}
