package connection

import "quiesce/host"

// kind is what a name of the language stands for: a connection that has any of
// these properties. The table stands in docs/end-connections.md too, and a test
// compares the two.
type kind struct {
	name      string
	ports     []port
	processes []string // names of programs, without case
	services  []string // names of services, without case
	pipes     []string // names of pipes, without \PIPE\ and case
	clients   []string // what the host knows the client to be
}

type port struct {
	protocol string
	number   int
}

// kinds returns the table, sorted by name.
func kinds() []kind {
	return []kind{
		{
			name: "mail-clients", // POP3, IMAP and submission, with and without TLS, and the stores that MAPI clients talk to
			ports: []port{
				{host.TCP, 110}, {host.TCP, 143}, {host.TCP, 465}, {host.TCP, 587}, {host.TCP, 993}, {host.TCP, 995},
			},
			processes: []string{"store.exe", "dsamain.exe", "exchng32.exe", "outlook.exe", "msimn.exe", "thunderbird"},
			services:  []string{"MSExchangeIS", "MSExchangeDS"},
		},
		{
			name:      "snmp", // agents and managers, traps, and SNMP over TLS
			ports:     []port{{host.TCP, 161}, {host.UDP, 161}, {host.UDP, 162}, {host.TCP, 10161}, {host.TCP, 10162}},
			processes: []string{"snmp.exe", "snmptrap.exe", "snmpd", "snmptrapd"},
			services:  []string{"SNMP", "SNMPTRAP"},
		},
		{
			name:      "ups", // Network UPS Tools, apcupsd and PowerChute
			ports:     []port{{host.TCP, 3493}, {host.TCP, 3551}, {host.TCP, 2260}, {host.TCP, 6547}, {host.UDP, 3052}},
			processes: []string{"ups.exe", "pwrchute.exe", "upsd", "upsmon", "apcupsd"},
			services:  []string{"UPS"},
		},
		{
			name:      "user-manager", // works on the accounts of the host through the pipe samr
			processes: []string{"usrmgr.exe", "musrmgr.exe"},
			pipes:     []string{"samr"},
			clients:   []string{"User Manager"},
		},
	}
}

func known() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}
