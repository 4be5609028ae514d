/** What a unit of systemd is made of. */
export interface UnitFacts {
  /** Absolute paths of Node, of the command line's script, and of the configuration. */
  readonly node: string;
  readonly script: string;
  readonly config: string;
  readonly user: string;
}

/** Name of the service, of its user and of its folder below /var/lib. */
export const SERVICE = "biox";

/**
 * The unit file. It may read its own files, write its own state, speak to serial ports and to the network, and nothing else; JIT compilation
 * of JavaScript needs memory that is written and then run, so MemoryDenyWriteExecute is not among what is denied. V8 asks for memory
 * protection keys (@pkey) as it starts. Any other call that is not allowed fails, as it does for a user who may not, and ends nothing.
 */
export function unitText({ node, script, config, user }: UnitFacts): string {
  return `# Written by 'biox service install'; 'biox service uninstall' takes it away.
[Unit]
Description=biox-edge gateway
Documentation=https://www.npmjs.com/package/biox-edge
After=network.target time-sync.target
StartLimitIntervalSec=0

[Service]
Type=notify
# The word comes from systemd-notify, a child.
NotifyAccess=all
ExecStart=${quoted(node)} ${quoted(script)} serve ${quoted(config)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
WatchdogSec=30
TimeoutStartSec=120
TimeoutStopSec=10
User=${user}
SupplementaryGroups=dialout
StateDirectory=${SERVICE}
StateDirectoryMode=0700
UMask=0077
OOMScoreAdjust=-500

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
# AF_NETLINK tells which addresses the machine has, which a server on all of them asks.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
DevicePolicy=closed
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyTHS rw
DeviceAllow=char-ttyWCH* rw
DeviceAllow=char-rfcomm rw
DeviceAllow=char-pts rw

[Install]
WantedBy=multi-user.target
`;
}

/** systemd splits at spaces and reads % and $ (systemd.service(5), "Command lines"). */
function quoted(path: string): string {
  const text = path.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /[\s"'\\;]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : text;
}
