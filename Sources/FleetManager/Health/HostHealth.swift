package import FleetCore

/// What is known of a host's health, kept for later processes.
package struct HostHealth: Sendable, Equatable {
    /// A failure to reach the host.
    package struct LastFailure: Sendable, Equatable {
        /// Its class, a word: ``FailureClass`` where it is one of these.
        package var `class`: String
        /// What happened, at most 500 characters.
        package var message: String
        /// When.
        package var time: Timestamp

        /// A failure of its parts.
        package init(class: String, message: String, time: Timestamp) {
            self.class = `class`
            self.message = message
            self.time = time
        }
    }

    /// The host's name in messages.
    package var name: String
    /// What carries its connection.
    package var transport: String
    /// Whether it is to be tried.
    package var breaker = Breaker()
    /// How many failures there were of each class.
    package var failures: [String: Int] = [:]
    /// The last one.
    package var lastFailure: LastFailure?
    /// How often its control channel was opened.
    package var connects = 0
    /// The native transport's connections; nil where it was never used.
    package var pool: PoolHealth?
    /// When it last answered.
    package var contactAt: Timestamp?
    /// When somebody last said that it is well again.
    package var clearedAt: Timestamp?

    /// A host of which nothing is known yet.
    package init(name: String, transport: String) {
        self.name = name
        self.transport = transport
    }

    /// When it last became known to be well, by a contact or by somebody's word.
    var wellAt: Timestamp? { [contactAt, clearedAt].compactMap(\.self).max() }
}

/// What is known of the hosts and workers of a workspace beside the ledger.
package struct FleetHealth: Sendable, Equatable {
    /// What is known of a worker.
    package struct Worker: Sendable, Equatable {
        /// The key of its host in ``FleetHealth/hosts``; nil for this machine.
        package var host: String?
        /// Whether it is to be given nothing more.
        package var isDrained = false

        /// A worker of a host.
        package init(host: String? = nil) { self.host = host }
    }

    /// More hosts or workers than this are not kept: the oldest leave.
    static let limit = 2_000

    /// The hosts, by a digest of how they are reached: a changed definition is another host.
    package var hosts: [String: HostHealth] = [:]
    /// The workers.
    package var workers: [WorkerID: Worker] = [:]

    /// Nothing is known.
    package init() {}

    /// The host of a worker, where something is known of it.
    package func host(of worker: WorkerID) -> HostHealth? { workers[worker]?.host.flatMap { hosts[$0] } }

    /// Whether a worker is drained.
    package func isDrained(_ worker: WorkerID) -> Bool { workers[worker]?.isDrained ?? false }

    /// Lets go of the hosts that were silent longest, and of workers that say nothing, where there are too many.
    mutating func trim() {
        if hosts.count > Self.limit {
            func age(_ host: HostHealth) -> Timestamp {
                max(host.wellAt ?? Timestamp(milliseconds: 0), host.lastFailure?.time ?? Timestamp(milliseconds: 0))
            }
            let oldest = hosts.sorted { age($0.value) < age($1.value) }.prefix(hosts.count - Self.limit)
            for (key, _) in oldest { hosts[key] = nil }
        }
        if workers.count > Self.limit * 5 {
            workers = workers.filter { $0.value.isDrained || $0.value.host.map { hosts[$0] != nil } ?? false }
        }
    }
}
