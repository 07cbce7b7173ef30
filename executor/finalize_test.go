package executor_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"quiesce/executor"
	"quiesce/executor/journal"
)

// names lists what a simulated host has below a directory.
func (w *world) names(part string) []string {
	var found []string
	for _, f := range w.describe().Files {
		if strings.Contains(f.Path, part) {
			found = append(found, f.Path)
		}
	}
	return found
}

// A finalize that was cut off anywhere is repeated, and from its first record
// on there is no way back.
func TestFinalize(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for records := range 3 {
		w := newWorld(t, server)
		p := w.plan(patchOnly)
		r := begin(t, p)
		if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
			t.Fatal(err)
		}
		if len(w.names(".quiesce-")) != 1 {
			t.Fatalf("backups %q", w.names(".quiesce-"))
		}
		if bytes, err := w.executor(r).Kept(ctx, p, w.history(p, r)); err != nil || bytes != int64(len("port 80\n")) {
			t.Errorf("kept %d bytes: %v", bytes, err)
		}
		ended := w.history(p, r).Ended
		r.left = records
		d, err := w.executor(r).Finalize(ctx, p, w.history(p, r))
		h := w.history(p, r)
		if gone := len(w.names(".quiesce-")) == 0; gone != (records > 0) || h.Finalizing != (records > 0) || h.Finalized != (records > 1) {
			t.Errorf("cut off after %d records: gone %v, finalizing %v, finalized %v", records, gone, h.Finalizing, h.Finalized)
		}
		if (err == nil) != (records > 1) || (d.Backups == 1) != (records > 0) {
			t.Errorf("cut off after %d records: %+v, %v", records, d, err)
		}
		r.left = -1
		if _, err := w.executor(r).Finalize(ctx, p, h); err != nil {
			t.Errorf("repeated after %d records: %v", records, err)
		}
		h = w.history(p, r)
		if !h.Finalized || len(w.names(".quiesce-")) != 0 || h.Outcome != executor.Succeeded || !h.Ended.Equal(ended) {
			t.Errorf("after %d records and a repetition: %+v", records, h)
		}
		if _, err := w.executor(r).Rollback(ctx, p, h); !errors.Is(err, executor.ErrFinalized) {
			t.Errorf("rollback: %v", err)
		}
		if _, err := w.executor(r).Resume(ctx, p, h); !errors.Is(err, executor.ErrFinalized) {
			t.Errorf("resume: %v", err)
		}
		before := r.buf.Len()
		if d, err := w.executor(r).Finalize(ctx, p, h); err != nil || d.Backups != 0 || r.buf.Len() != before {
			t.Errorf("once more: %+v, %v", d, err)
		}
	}
}

// move gives a directory of the simulated host another name.
func (w *world) move(from, to string) {
	w.t.Helper()
	tree, err := w.memory.Host().Files.Open(context.Background(), "/srv")
	if err == nil {
		err = errors.Join(tree.Rename(from, to), tree.Close())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// While the backups are out of sight nothing is recorded, so that the way back
// stays open. Those that are gone are counted.
func TestFinalizeOutOfSight(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	before := r.buf.Len()
	w.move("app", "away")
	_, err := w.executor(r).Finalize(ctx, p, w.history(p, r))
	if unseen := (*executor.UnseenError)(nil); !errors.As(err, &unseen) || r.buf.Len() != before {
		t.Errorf("finalized out of sight: %v, %d bytes recorded", err, r.buf.Len()-before)
	}
	w.move("away", "app")
	w.move(strings.TrimPrefix(w.names(".quiesce-")[0], "/srv/"), "elsewhere")
	if d, err := w.executor(r).Finalize(ctx, p, w.history(p, r)); err != nil || d.Missing != 1 || d.Backups != 0 {
		t.Errorf("without its backup: %+v, %v", d, err)
	}
}

// That it begins is durable before the first backup goes.
func TestFinalizeOrder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	e := w.executor(r)
	e.Journal = unsynced{recorder{r}}
	if _, err := e.Finalize(ctx, p, w.history(p, r)); err == nil {
		t.Error("it went on without a durable record")
	}
	if len(w.names(".quiesce-")) != 1 {
		t.Error("a backup went before the record was durable")
	}
}

// unsynced is a journal that cannot be made durable.
type unsynced struct{ recorder }

func (unsynced) Sync(int) error { return errors.New("input/output error") }

// Only a run that is settled is finalized.
func TestFinalizeOpen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	r.left = 3 // intent, memo, applied; the end is missing
	if _, err := w.executor(r).Apply(ctx, p); err == nil {
		t.Fatal("it was not cut off")
	}
	r.left = -1
	if _, err := w.executor(r).Finalize(ctx, p, w.history(p, r)); err == nil || len(w.names(".quiesce-")) != 1 {
		t.Errorf("an open run was finalized: %v", err)
	}
	if err := w.executor(r).Close(p, w.history(p, r), "fine"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.executor(r).Finalize(ctx, p, w.history(p, r)); err != nil || len(w.names(".quiesce-")) != 0 {
		t.Errorf("a closed run: %v", err)
	}
	j, err := journal.Read(bytes.NewReader(r.buf.Bytes()))
	if err != nil || j.Records[len(j.Records)-1].Type != journal.Finalized {
		t.Errorf("the journal ends otherwise: %v", err)
	}
}

// A run that was taken back has left nothing beside the files.
func TestNothingKeptAfterRollback(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	if outcome, err := w.executor(r).Rollback(ctx, p, w.history(p, r)); outcome != executor.RolledBack {
		t.Fatal(err)
	}
	if left := w.names("quiesce"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	if n, err := w.executor(r).Kept(ctx, p, w.history(p, r)); n != 0 || err != nil {
		t.Errorf("kept %d: %v", n, err)
	}
}
