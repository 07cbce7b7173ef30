package cli

import (
	"context"
	"errors"
	"os"
	"sync"
)

// errInterrupted is why a command that changes nothing stops on a signal.
var errInterrupted = errors.New("interrupted")

// interrupts turns signals into an end. While a run is on, the first one stops
// it between two changes, and the second interrupts the change under way;
// otherwise the first ends the command.
type interrupts struct {
	mu     sync.Mutex
	stop   chan struct{} // of the run that is on
	asked  bool          // to stop it
	say    func()        // tells the operator that it was asked
	cancel context.CancelCauseFunc
}

// watch listens until end is called.
func (i *interrupts) watch(ctx context.Context, signals <-chan os.Signal) (context.Context, func()) {
	ctx, i.cancel = context.WithCancelCause(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			select {
			case <-signals:
				i.receive()
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, func() {
		i.cancel(nil)
		listening.Wait()
	}
}

// receive answers one signal.
func (i *interrupts) receive() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.stop == nil || i.asked {
		i.cancel(errInterrupted)
		return
	}
	i.asked = true
	close(i.stop)
	i.say()
}

// soften makes the next signal stop a run between two changes, and returns
// what it closes then.
func (i *interrupts) soften(say func()) <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stop, i.asked, i.say = make(chan struct{}), false, say
	return i.stop
}

// harden makes the next signal end the command.
func (i *interrupts) harden() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stop = nil
}
