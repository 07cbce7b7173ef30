package memory

import (
	"time"

	"quiesce/host"
)

// Description is a host in words. Parse and New bring it into its normal form:
// defaults filled in, everything sorted.
type Description struct {
	Name string `yaml:"name"`
	OS   string `yaml:"os,omitempty"`   // linux if empty
	Arch string `yaml:"arch,omitempty"` // amd64 if empty
	// Now is the time at which the host begins; 2000-01-01T00:00:00Z if zero.
	// It does not move, so that descriptions of one host compare.
	Now         time.Time    `yaml:"now,omitempty"`
	Space       *Space       `yaml:"space,omitempty"` // nil: 1 TiB is free
	Files       []File       `yaml:"files,omitempty"`
	AtRestart   []Rename     `yaml:"at-restart,omitempty"`
	Services    []Service    `yaml:"services,omitempty"`
	Processes   []Process    `yaml:"processes,omitempty"`
	Connections []Connection `yaml:"connections,omitempty"`
	Pipes       []OpenPipe   `yaml:"pipes,omitempty"`
	Monitors    []Monitor    `yaml:"monitors,omitempty"`
	Silences    []Silence    `yaml:"silences,omitempty"`
	Commands    []Command    `yaml:"commands,omitempty"`
	Network     *Network     `yaml:"network,omitempty"`
}

// Space is how full the file system is.
type Space struct {
	Free Size `yaml:"free"`
}

// File is a file, a directory or a symbolic link. Directories that lead to one
// need not be named.
type File struct {
	Path string `yaml:"path"` // absolute, in the host's flavour
	// Of a file: Version makes a real PE file of that version, Padding bytes
	// longer than it need be; else Content or, if it is no text, Base64.
	Version string `yaml:"version,omitempty"`
	Padding int    `yaml:"padding,omitempty"`
	Content string `yaml:"content,omitempty"`
	Base64  string `yaml:"base64,omitempty"`
	// From names a file beside the description. Parse reads it into Content or
	// Base64 and leaves From empty.
	From      string `yaml:"from,omitempty"`
	Directory bool   `yaml:"directory,omitempty"`
	Symlink   string `yaml:"symlink,omitempty"` // the target
	Deny      bool   `yaml:"deny,omitempty"`    // permission denied
	// Modified is that of the host's Now if zero. Of directories it is not kept.
	Modified time.Time `yaml:"modified,omitempty"`
	Mode     string    `yaml:"mode,omitempty"`  // octal; 0644, 0755 or 0777 if empty
	Owner    string    `yaml:"owner,omitempty"` // uid:gid; 0:0 if empty; not on Windows
	// Links is how many names a regular file has, of which the description
	// knows only this one; 1 if 0.
	Links int `yaml:"links,omitempty"`
	// Attributes are the extended ones; Windows and links have none.
	Attributes Attributes `yaml:"attributes,omitempty"`
	// OpenBy is who has it open. Sharing is read if empty.
	OpenBy []host.Holder `yaml:"open-by,omitempty"`
}

// Rename is a rename that waits for the next start of the machine.
type Rename struct {
	From string `yaml:"from"` // absolute
	To   string `yaml:"to"`
}

// Service is one service and its behaviour.
type Service struct {
	Name      string            `yaml:"name"`
	Title     string            `yaml:"title,omitempty"`
	State     host.ServiceState `yaml:"state,omitempty"` // running if empty
	Start     host.StartType    `yaml:"start,omitempty"` // auto if empty
	DependsOn []string          `yaml:"depends-on,omitempty"`
	Process   string            `yaml:"process,omitempty"` // the program that it runs
	PID       int               `yaml:"pid,omitempty"`     // its process id whenever it runs
	OnStop    *Answer           `yaml:"on-stop,omitempty"`
	OnStart   *Answer           `yaml:"on-start,omitempty"`
	// ComesBackAfter: so long after it ended it starts by itself, unless it is
	// disabled or held by then.
	ComesBackAfter time.Duration `yaml:"comes-back-after,omitempty"`
}

// Answer is what a service does when it is told to start or stop, other than
// doing so.
type Answer struct {
	Hang bool   // it never stops by itself; written "hang"
	Fail string // it fails with this message
}

// Process is a process that belongs to no service.
type Process struct {
	PID  int    `yaml:"pid"`
	Name string `yaml:"name"`
	User string `yaml:"user,omitempty"`
}

// Connection is a connection by TCP or a peer by UDP.
type Connection struct {
	ID       string `yaml:"id,omitempty"`       // made up if empty
	Protocol string `yaml:"protocol,omitempty"` // tcp if empty
	Local    string `yaml:"local"`              // address:port
	Remote   string `yaml:"remote"`
	Process  string `yaml:"process,omitempty"`
	PID      int    `yaml:"pid,omitempty"`
	Service  string `yaml:"service,omitempty"` // that of the process if empty
	Client   string `yaml:"client,omitempty"`
	Own      bool   `yaml:"own,omitempty"` // the operator's own session
	// LeavesAfter: so long after the host began it leaves by itself.
	LeavesAfter time.Duration `yaml:"leaves-after,omitempty"`
	// ComesBackAfter: so long after it was ended its peer connects anew.
	ComesBackAfter time.Duration `yaml:"comes-back-after,omitempty"`
}

// OpenPipe is a named pipe that a client has open.
type OpenPipe struct {
	ID      string `yaml:"id,omitempty"` // made up if empty
	Name    string `yaml:"name"`
	Client  string `yaml:"client"`
	Process string `yaml:"process,omitempty"`
	PID     int    `yaml:"pid,omitempty"`
	Service string `yaml:"service,omitempty"`
	Own     bool   `yaml:"own,omitempty"`
}

// Monitor is somebody who watches the host.
type Monitor struct {
	Monitor  string `yaml:"monitor"`
	Remote   bool   `yaml:"remote,omitempty"`
	Evidence string `yaml:"evidence"`
	Process  string `yaml:"process,omitempty"`
	PID      int    `yaml:"pid,omitempty"`
	Client   string `yaml:"client,omitempty"`
}

// Silence is a silence at a monitoring server that is in force.
type Silence struct {
	Server  string    `yaml:"server"`
	ID      string    `yaml:"id"`
	Comment string    `yaml:"comment,omitempty"`
	Until   time.Time `yaml:"until"`
}

// Command is the scripted result of a program. A program that no command
// describes is not there.
type Command struct {
	Argv    []string      `yaml:"argv,flow"` // * in an element matches any text
	Exit    int           `yaml:"exit,omitempty"`
	Stdout  string        `yaml:"stdout,omitempty"`
	Stderr  string        `yaml:"stderr,omitempty"`
	Takes   time.Duration `yaml:"takes,omitempty"` // it runs so long
	Writes  []Write       `yaml:"writes,omitempty"`
	Removes []string      `yaml:"removes,omitempty"` // absolute paths
	Starts  []string      `yaml:"starts,omitempty"`  // services
	Stops   []string      `yaml:"stops,omitempty"`
}

// Write is a file that a command writes, in a directory that is there.
type Write struct {
	Path    string `yaml:"path"`
	Content string `yaml:"content"`
}

// Network is what answers on the network.
type Network struct {
	TCP  []TCP  `yaml:"tcp,omitempty"`
	HTTP []HTTP `yaml:"http,omitempty"`
}

// TCP is an address that accepts connections while a service runs.
type TCP struct {
	Address string `yaml:"address"`
	Service string `yaml:"service,omitempty"` // always, if empty
}

// HTTP is a page that is served while a service runs.
type HTTP struct {
	URL     string `yaml:"url"`
	Status  int    `yaml:"status,omitempty"` // 200 if 0
	Body    string `yaml:"body,omitempty"`
	Service string `yaml:"service,omitempty"` // always, if empty
}
