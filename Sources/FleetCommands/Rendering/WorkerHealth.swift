import FleetCore
import FleetManager

/// What is known of a worker's host, for programs.
enum WorkerHealthJSON {
    /// The health; null for this machine, and where nothing is known.
    static func value(of view: WorkerView) -> JSONValue {
        guard let host = view.host else { return .null }
        let last = host.lastFailure.map { last in
            JSONValue.object([
                "class": .string(last.class), "message": .string(last.message), "time": .string(last.time.rfc3339),
            ])
        }
        return .object([
            "breaker": .string(host.breaker.word),
            "failures": failures(host.failures),
            "failures_in_a_row": .int(Int64(host.breaker.failures)),
            "last_error": last ?? .null,
            "next_probe_at": .optional(host.breaker.nextTry),
            "connects": .int(Int64(host.connects)),
            "last_contact_at": .optional(host.contactAt),
            "pool": pool(of: host),
        ])
    }

    /// The native transport's connections; null where it was never used.
    private static func pool(of host: HostHealth) -> JSONValue {
        guard let pool = host.pool else { return .null }
        let use = pool.use
        return .object([
            "open": .int(Int64(use.open)),
            "idle": .int(Int64(use.idle)),
            "channels": .int(Int64(use.channels)),
            "waiting": .int(Int64(use.waiting)),
            "connects": .int(Int64(pool.connects)),
            "failures": failures(pool.failures),
        ])
    }

    private static func failures(_ counts: [String: Int]) -> JSONValue {
        .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) }))
    }
}

/// What is known of a worker's host, for people.
enum WorkerHealthText {
    /// In one cell: `3 transport`; nothing where nothing failed.
    static func failures(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    /// The native transport's connections, in a sentence's part.
    static func pool(_ pool: PoolHealth) -> String {
        let use = pool.use
        let failures = failures(pool.failures)
        return "\(use.open) open, \(use.idle) idle, \(use.channels) channels, \(use.waiting) waiting; "
            + "\(pool.connects) connects" + (failures.isEmpty ? "" : "; failures: \(failures)")
    }

    /// In fields, those alone that there are.
    static func fields(of view: WorkerView, now: Timestamp) -> [(String, String)] {
        var fields: [(String, String)] = []
        if view.isDrained { fields.append(("drained", "it is given nothing more")) }
        guard let host = view.host else { return fields }
        fields.append(("connects", "\(host.connects)"))
        if let contact = host.contactAt { fields.append(("last contact", Wording.time(contact))) }
        if !host.failures.isEmpty { fields.append(("failures", failures(host.failures))) }
        if let last = host.lastFailure {
            fields.append(("last error", "\(Wording.time(last.time)) \(last.class): \(last.message)"))
        }
        if let pool = host.pool { fields.append(("pool", Self.pool(pool))) }
        if let next = host.breaker.nextTry {
            fields.append(("next probe", "in \(Wording.duration(max(next.seconds(since: now), 0)))"))
        }
        if host.breaker.isQuarantined {
            let hint = "see to it, then: codewhale fleet workers --undrain \(view.definition.id)"
            fields.append(("waits", hint))
        }
        return fields
    }
}
