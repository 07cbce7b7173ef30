package monitor

// signs are what gives a kind of monitor away besides what the host itself
// knows. The table stands in docs/verify-no-monitor.md too, and a test compares
// the two.
type signs struct {
	monitor   string
	processes []process
	ports     []int    // TCP ports of agents: a peer there is watching
	pipes     []string // without \PIPE\, lower case
}

// process is the file name of a program, compared without case, and what to
// say of it where that is not plain.
type process struct {
	name, note string
}

// table returns the signs of each monitor.
//
// SNMP is not among them: its managers are clients that end-connections ends.
func table() []signs {
	return []signs{
		{
			monitor: performance,
			processes: []process{
				{"perfmon.exe", ""},
				{"perfmon4.exe", ""},
				{"mmc.exe", "which may show Performance Monitor"},
				{"typeperf.exe", ""},
				{"logman.exe", ""},
				{"smlogsvc.exe", "which writes performance logs"},
				{"windows_exporter.exe", ""},
				{"perf", ""},
				{"atop", ""},
				{"sadc", ""},
				{"collectd", ""},
				{"pmcd", ""},
				{"pmlogger", ""},
				{"netdata", ""},
				{"node_exporter", ""},
				{"telegraf", ""},
			},
			ports: []int{9100, 9182, 19999, 44321}, // node_exporter, windows_exporter, netdata, pmcd
			pipes: []string{"winreg"},              // performance data is read through the remote registry
		},
		{
			monitor: server,
			processes: []process{
				{"admin.exe", "Microsoft Exchange Administrator, which may run a server monitor"},
				{"healthservice.exe", ""},
				{"monitoringhost.exe", ""},
				{"nscp.exe", ""},
				{"nsclient++.exe", ""},
				{"zabbix_agentd.exe", ""},
				{"zabbix_agent2.exe", ""},
				{"check_mk_agent.exe", ""},
				{"zabbix_agentd", ""},
				{"zabbix_agent2", ""},
				{"nrpe", ""},
				{"cmk-agent-ctl", ""},
				{"munin-node", ""},
				{"icinga2", ""},
			},
			ports: []int{4949, 5665, 5666, 6556, 10050, 12489}, // munin, Icinga, NRPE, Checkmk, Zabbix, NSClient++
		},
	}
}
