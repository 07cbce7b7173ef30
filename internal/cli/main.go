package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the program with the arguments of the process, the program's name
// first, and returns its exit code.
func Main(args []string) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	// Whoever reads the output may go away: a write fails then, but a run goes
	// on. Ignoring the signal would let programs that are run inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return int(Run(context.Background(), systemStreams(signals), args[1:]))
}

// Run is Main with other streams, and arguments without the program's name.
func Run(ctx context.Context, streams Streams, args []string) Exit {
	a := newApp(streams)
	ctx, end := a.interrupts.watch(ctx, streams.Signals)
	defer end()
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	a.keepDigests()
	if closing := a.closeLog(); err == nil {
		err = closing
	}
	a.explain(err)
	return exitOf(err)
}
