package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
)

const exchange = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
space: {free: 200MB}
files:
  - {path: 'C:\exchsrvr\bin\store.exe', version: 5.5.1960.4, modified: 1998-03-01T00:00:00Z, mode: "0644", open-by: [{process: store.exe, pid: 412, sharing: read}]}
  - {path: 'C:\exchsrvr\readme.txt', content: "hello"}
services:
  - {name: MSExchangeDS, state: running, start: auto, process: dsamain.exe, pid: 400}
  - {name: MSExchangeIS, title: Microsoft Exchange Information Store, depends-on: [MSExchangeDS], process: store.exe, pid: 412}
processes: [{pid: 500, name: perfmon.exe, user: administrator}]
connections: [{local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: store.exe, pid: 412}]
pipes: [{name: '\PIPE\winreg', client: MGMT01, pid: 300}]
monitors: [{monitor: performance-monitor, evidence: "perfmon.exe runs", process: perfmon.exe, pid: 500}]
`

func TestSmoke(t *testing.T) {
	t.Parallel()
	d, list := memory.Parse("host.yaml", []byte(exchange), nil)
	if list != nil {
		t.Fatal(list)
	}
	m, err := memory.New(d)
	if err != nil {
		t.Fatal(err)
	}
	before := m.Describe()
	text, err := before.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, list := memory.Parse("again.yaml", text, nil)
	if diff := cmp.Diff(before, again); diff != "" {
		t.Errorf("%v %s", list, diff)
	}
	ctx, h := context.Background(), m.Host()
	tree, err := h.Files.Open(ctx, `c:\EXCHSRVR`)
	if err != nil {
		t.Fatal(err)
	}
	if err := afero.WriteFile(tree, "bin/store.exe", []byte("x"), 0o644); !errors.Is(err, host.ErrInUse) {
		t.Error(err)
	}
	if err := h.Services.Stop(ctx, "MSExchangeDS"); !errors.Is(err, host.ErrDependents) {
		t.Error(err)
	}
	if err := h.Services.Stop(ctx, "MSExchangeIS"); err != nil {
		t.Error(err)
	}
	if err := h.Services.Start(ctx, "MSExchangeIS"); err != nil {
		t.Error(err)
	}
	after := m.Describe()
	after.Connections = before.Connections
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}
