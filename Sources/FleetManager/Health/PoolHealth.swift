package import FleetCore
package import FleetTransport

/// The connections of the native transport to a host, kept for later processes.
package struct PoolHealth: Sendable, Equatable {
    /// What the manager of a run has of them.
    package struct Use: Sendable, Equatable {
        /// Connections that have authenticated.
        package var open = 0
        /// Those of them that carry no channel.
        package var idle = 0
        /// Channels on them.
        package var channels = 0
        /// Callers that wait for a channel.
        package var waiting = 0

        /// Nothing.
        package init() {}

        /// What was counted.
        package init(_ counts: ConnectionCounts) {
            (open, idle, channels, waiting) = (counts.open, counts.idle, counts.channels, counts.waiting)
        }
    }

    /// What the managers of runs have; one that ends leaves nothing.
    package var uses: [RunID: Use] = [:]
    /// Handshakes that were begun, ever.
    package var connects = 0
    /// How often each class of failure happened, ever.
    package var failures: [String: Int] = [:]

    /// Nothing is known.
    package init() {}

    /// What all of them have together.
    package var use: Use {
        uses.values.reduce(into: Use()) { sum, use in
            sum.open += use.open
            sum.idle += use.idle
            sum.channels += use.channels
            sum.waiting += use.waiting
        }
    }

    /// Forgets what managers have left that are gone.
    package mutating func forget(where isGone: (RunID) -> Bool) { uses = uses.filter { !isGone($0.key) } }
}

extension PoolHealth {
    init?(json: DocumentValue?) {
        guard let json, case .object = json.content else { return nil }
        self.init()
        connects = json["connects"].whole
        for member in json["failures"].members.prefix(32) { failures[member.name] = Optional(member.value).whole }
        for member in json["runs"].members.prefix(64) {
            guard let run = RunID(member.name) else { continue }
            var use = Use()
            use.open = member.value["open"].whole
            use.idle = member.value["idle"].whole
            use.channels = member.value["channels"].whole
            use.waiting = member.value["waiting"].whole
            uses[run] = use
        }
    }

    func write(to text: inout JSONText) {
        func number(_ name: String, _ value: Int) {
            text.name(name)
            text.integer(value)
        }
        text.open("{")
        number("connects", connects)
        text.name("failures")
        text.open("{")
        for (name, count) in failures.sorted(by: { $0.key < $1.key }) { number(name, count) }
        text.close("}")
        text.name("runs")
        text.open("{")
        for (run, use) in uses.sorted(by: { $0.key < $1.key }) {
            text.name(run.rawValue)
            text.open("{")
            number("open", use.open)
            number("idle", use.idle)
            number("channels", use.channels)
            number("waiting", use.waiting)
            text.close("}")
        }
        text.close("}")
        text.close("}")
    }
}
