package import FleetCore

/// The places of a workspace, under its `.codewhale` directory.
package struct Workspace: Sendable, Hashable {
    /// The directory that holds `.codewhale`, as an absolute path.
    package let root: String
    /// The file system on which it lies.
    package let disk: any Disk

    /// The workspace of a directory, whether or not it has been initialized.
    package init(root: String, disk: any Disk = SystemDisk()) {
        self.root = root
        self.disk = disk
    }

    package static func == (left: Self, right: Self) -> Bool { left.root == right.root }

    package func hash(into hasher: inout Hasher) { hasher.combine(root) }

    /// `.codewhale`.
    package var directory: String { root + "/.codewhale" }
    /// The ledger.
    package var ledger: String { directory + "/fleet.jsonl" }
    /// Locked by whoever appends to the ledger.
    package var lock: String { directory + "/fleet.lock" }
    /// Locked by who compacts the ledger.
    package var compactionLock: String { fleet + "/compact.lock" }
    /// Runs, and what belongs to all of them.
    package var fleet: String { directory + "/fleet" }
    /// Holds the workspace's id.
    package var idFile: String { fleet + "/workspace" }
    /// The replay shortcut.
    package var snapshot: String { fleet + "/snapshot" }
    /// Health of hosts, and which workers are drained.
    package var health: String { fleet + "/hosts.json" }
    /// What host adapters did and saw, and the state of local attempts.
    package var hosts: String { directory + "/fleet-host" }
    /// The log of the local host's adapter.
    package var localHostLog: String { hosts + "/local.log" }
    /// The log of another host's adapter.
    ///
    /// - Parameter host: its name; what a file's name should not hold is replaced.
    /// - Returns: the path.
    package func hostLog(_ host: String) -> String {
        let safe = String(
            host.unicodeScalars.prefix(120)
                .map { scalar -> Character in
                    let isPlain =
                        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    return isPlain || "._-@".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
                }
        )
        // Names that stand for something else here.
        let isTaken = safe == "local" || safe == "state" || safe.hasPrefix(".") || safe.isEmpty
        return hosts + "/" + (isTaken ? "ssh-" + safe : safe) + ".log"
    }
    /// The supervisor's state of local attempts.
    package var localState: String { hosts + "/state" }

    /// A run's directory.
    package func run(_ run: RunID) -> String { fleet + "/" + run.rawValue }
    /// The run's records, once they were moved out of the ledger.
    package func archive(_ run: RunID) -> String { self.run(run) + "/ledger.jsonl" }
    /// Locked by the process that drives the run; holds its pid.
    package func managerLock(_ run: RunID) -> String { self.run(run) + "/manager.lock" }
    /// The run's spec as accepted.
    package func spec(_ run: RunID) -> String { self.run(run) + "/spec.json" }
    /// The logs of a run's attempts.
    package func logs(_ run: RunID) -> String { self.run(run) + "/logs" }
    /// The head of an attempt's log.
    package func log(_ run: RunID, _ task: TaskID, attempt: Int) -> String {
        logs(run) + "/\(task.rawValue).\(attempt).log"
    }
    /// What the attempts of a run left as their results.
    package func artifacts(_ run: RunID) -> String { self.run(run) + "/artifacts" }
    /// What an attempt left as its result.
    package func artifacts(_ run: RunID, _ task: TaskID, attempt: Int) -> String {
        artifacts(run) + "/\(task.rawValue).\(attempt)"
    }
}
