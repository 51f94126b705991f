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
            "failures": .object(
                JSONObject(host.failures.sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) })
            ),
            "failures_in_a_row": .int(Int64(host.breaker.failures)),
            "last_error": last ?? .null,
            "next_probe_at": .optional(host.breaker.nextTry),
            "connects": .int(Int64(host.connects)),
            "last_contact_at": .optional(host.contactAt),
        ])
    }
}

/// What is known of a worker's host, for people.
enum WorkerHealthText {
    /// In one cell: `3 transport`; nothing where nothing failed.
    static func failures(_ host: HostHealth) -> String {
        host.failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    /// In fields, those alone that there are.
    static func fields(of view: WorkerView, now: Timestamp) -> [(String, String)] {
        var fields: [(String, String)] = []
        if view.isDrained { fields.append(("drained", "it is given nothing more")) }
        guard let host = view.host else { return fields }
        fields.append(("connects", "\(host.connects)"))
        if let contact = host.contactAt { fields.append(("last contact", Wording.time(contact))) }
        if !host.failures.isEmpty { fields.append(("failures", failures(host))) }
        if let last = host.lastFailure {
            fields.append(("last error", "\(Wording.time(last.time)) \(last.class): \(last.message)"))
        }
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
