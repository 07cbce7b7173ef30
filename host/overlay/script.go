package overlay

import "time"

// Script is how services and connections behave beyond the rules. The zero
// Script adds nothing.
type Script struct {
	Services    map[string]ServiceScript    // by name
	Connections map[string]ConnectionScript // by ID
	// Keep makes imported files copies instead of references to their sources.
	Keep bool
}

// ServiceScript is the behaviour of one service.
type ServiceScript struct {
	Process        string        // name of the program that it runs
	PID            int           // process id that it gets whenever it is free
	HangOnStop     bool          // it never stops by itself
	FailOnStop     string        // stopping fails with this message
	FailOnStart    string        // starting fails with this message
	ComesBackAfter time.Duration // it starts by itself so long after it ended; 0: never
}

// ConnectionScript is the behaviour of one connection.
type ConnectionScript struct {
	LeavesAfter    time.Duration // it leaves by itself so long after the beginning; 0: never
	ComesBackAfter time.Duration // its peer comes back so long after it was ended; 0: never
}
