package overlay

import (
	"context"
	"errors"
	"os"
	"time"

	"quiesce/host"
)

// Overlay is a simulated host on top of another. It is safe for concurrent use.
type Overlay struct {
	world *world
	host  host.Host
}

// New returns an overlay on base, which is only read, and only when somebody
// asks for what it holds.
func New(base host.Host) *Overlay { return NewScripted(base, Script{}) }

// NewScripted returns an overlay whose services and connections behave as the
// script says. It keeps a copy of what is imported, so that it can outlive the
// sources.
func NewScripted(base host.Host, s Script) *Overlay {
	base = host.New(base)
	w := newWorld(base, s)
	return &Overlay{world: w, host: host.New(host.Host{
		Facts:       base.Facts,
		Traits:      host.Traits{Volatile: true},
		Files:       w.files,
		Services:    services{w},
		Processes:   processes{w},
		Connections: connections{w},
		Monitors:    monitors{w},
		Clock:       w.clock,
	})}
}

// Host returns the simulated host.
func (o *Overlay) Host() host.Host { return o.host }

// Boundless lets files take more space than the base has, and returns the
// overlay: a simulation tells what would be needed.
func (o *Overlay) Boundless() *Overlay {
	o.world.mu.Lock()
	defer o.world.mu.Unlock()
	o.world.files.boundless = true
	return o
}

// Close closes the directories of the base that were opened for reading.
func (o *Overlay) Close() error {
	o.world.mu.Lock()
	defer o.world.mu.Unlock()
	var failed []error
	for _, c := range o.world.files.bound {
		failed = append(failed, c.Close())
	}
	o.world.files.bound = nil
	return errors.Join(failed...)
}

// Reboot starts the machine anew: delayed renames are carried out, processes,
// connections and runtime holds are gone, and the services that the machine
// starts by itself run.
func (o *Overlay) Reboot(ctx context.Context) error {
	w := o.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settle()
	if err := w.loadAll(ctx); err != nil {
		return err
	}
	w.shutDown()
	if err := w.files.carryOutDelays(); err != nil {
		return err
	}
	w.boot()
	return nil
}

func newWorld(base host.Host, s Script) *world {
	w := &world{
		flavour: base.Facts.Flavour(),
		base:    base,
		script:  s,
		clock:   newClock(base.Clock.Now()),
		fate:    map[int]fate{},
	}
	w.files = &files{
		w: w, root: map[string]*node{}, known: map[identity]*node{},
		tellers: map[uint64]*origin{}, free: map[uint64]uint64{}, used: map[uint64]int64{},
		renaming: map[uint64]renamingAnswer{},
		uid:      -1, gid: -1, inode: 1 << 32, keep: s.Keep,
	}
	if below, ok := base.Files.(*files); ok {
		w.files.inode = below.inode << 8
	}
	if w.flavour == host.POSIX {
		w.files.uid, w.files.gid = 0, 0
		if !base.Traits.Volatile {
			w.files.uid, w.files.gid = os.Geteuid(), os.Getegid()
		}
	}
	return w
}

// later returns the moment d from now on the world's clock.
func (w *world) later(d time.Duration) time.Time { return w.clock.Now().Add(d) }
