import FleetCore
import FleetHost
import FleetWire
import Logging

/// The workspace's lease on the hosts that carry attempts: it tells them, and other workspaces, that somebody drives.
extension RunManager {
    /// The longest time between two renewals, in milliseconds.
    private static let longestRenewal: Double = 60_000

    /// After how many seconds without a manager a host ends what it runs; nil where that runs on.
    var lossSeconds: Double? {
        if case .stopAfter(let seconds) = spec.onManagerLoss { seconds } else { nil }
    }

    /// For how many milliseconds a renewal says that the workspace's attempts are somebody's work; 0 where nobody asks:
    /// on this machine no other workspace comes across them.
    func leaseValidity(_ host: Host) -> UInt64 {
        host.isLocal && lossSeconds == nil ? 0 : Self.milliseconds(max(spec.lostAfter, lossSeconds ?? 0))
    }

    /// Milliseconds between two renewals: so many that three in a row may be lost.
    private var renewal: Double {
        max(20, min((lossSeconds ?? spec.lostAfter) * 1_000 / 4, Self.longestRenewal))
    }

    /// After how many milliseconds without a manager a host is to end an attempt; 0 for never.
    var lossLimit: UInt64 { lossSeconds.map(Self.milliseconds) ?? 0 }

    private static func milliseconds(_ seconds: Double) -> UInt64 { UInt64(min(max(1, seconds * 1_000), 1e15)) }

    /// Renews the leases that are due, where this manager drives attempts.
    ///
    /// - Returns: when the next one is.
    func renewLeases() -> Timestamp? {
        guard purpose.leases, !flights.isEmpty else { return nil }
        var carrying: [Int: Bool] = [:]
        for flight in flights.values where flight.phase != .over {
            guard let place = hosts.place(of: flight.worker) else { continue }
            carrying[place] = carrying[place] ?? false || flight.isAdopted
        }
        var next: Timestamp?
        for (place, isAdopted) in carrying where leaseValidity(hosts.all[place]) > 0 {
            guard hosts.all[place].isLocal || hostStates[place].isConnected, !hostStates[place].isRenewing else {
                continue
            }
            // A start has renewed it; what was started by another manager has not.
            let due = hostStates[place].leaseAt ?? (isAdopted ? now : nextRenewal)
            hostStates[place].leaseAt = due
            if due <= now { renewLease(at: place) } else { next = min(next ?? due, due) }
        }
        return next
    }

    private var nextRenewal: Timestamp { Timestamp(milliseconds: now.milliseconds + Int64(renewal)) }

    private func renewLease(at place: Int) {
        let host = hosts.all[place]
        let validity = leaseValidity(host)
        hostStates[place].isRenewing = true
        hostStates[place].leaseAt = nextRenewal
        jobs.append { [mailbox] in
            let result = await host.ask { try await $0.renew(validity: validity) }
            mailbox.post(.leaseRenewed(place, result.failure))
        }
    }

    /// A lease was renewed, or not: then it is tried again when it is due, or when the host is back.
    func noteLease(_ place: Int, _ error: HostError?) {
        hostStates[place].isRenewing = false
        guard let error else { return }
        context.logger.info("the lease of the workspace could not be renewed", metadata: ["error": "\(error)"])
    }
}

extension Result {
    /// What it failed of.
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
