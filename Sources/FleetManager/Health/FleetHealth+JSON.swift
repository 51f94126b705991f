package import FleetCore

extension FleetHealth {
    /// The health of a file's content; what cannot be made out of it is left out, be it everything.
    package init(json bytes: [UInt8], now: Timestamp) {
        self.init()
        guard !bytes.isEmpty, let document = try? JSONDocument.parse(bytes) else { return }
        for member in document["hosts"].members.prefix(Self.limit * 2) {
            hosts[member.name] = HostHealth(json: member.value, now: now)
        }
        for member in document["workers"].members {
            guard let id = WorkerID(member.name) else { continue }
            var worker = Worker(host: member.value["host"]?.text)
            worker.isDrained = member.value["drained"]?.flag ?? false
            workers[id] = worker
        }
    }

    /// The content of a file.
    package var json: [UInt8] {
        var text = JSONText()
        text.open("{")
        text.name("version")
        text.integer(1)
        text.name("hosts")
        text.open("{")
        for (key, host) in hosts.sorted(by: { $0.key < $1.key }) {
            text.name(key)
            host.write(to: &text)
        }
        text.close("}")
        text.name("workers")
        text.open("{")
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) {
            text.name(id.rawValue)
            text.open("{")
            if let host = worker.host {
                text.name("host")
                text.string(host)
            }
            text.name("drained")
            text.value(DocumentValue(.bool(worker.isDrained)))
            text.close("}")
        }
        text.close("}")
        text.close("}")
        return text.bytes + [UInt8(ascii: "\n")]
    }
}

extension HostHealth {
    fileprivate init?(json: DocumentValue, now: Timestamp) {
        guard let name = json["name"]?.text else { return nil }
        self.init(name: name, transport: json["transport"]?.text ?? "system")
        let until = json["next_probe_at"].time
        let state: Breaker.State =
            switch json["breaker"]?.text {
            case "open": .open(until: until ?? now)
            case "half_open": .halfOpen
            case "quarantined": .quarantined
            default: .closed
            }
        breaker = Breaker(
            state: state,
            failures: json["failures_in_a_row"].whole,
            wait: json["wait_seconds"].real,
            now: now
        )
        for member in json["failures"].members.prefix(32) { failures[member.name] = Optional(member.value).whole }
        if let last = json["last_failure"], let message = last["message"]?.text, let time = last["time"].time {
            lastFailure = LastFailure(class: last["class"]?.text ?? "transport", message: message, time: time)
        }
        connects = json["connects"].whole
        pool = PoolHealth(json: json["pool"])
        contactAt = json["contact_at"].time
        clearedAt = json["cleared_at"].time
    }

    fileprivate func write(to text: inout JSONText) {
        func word(_ name: String, _ value: String?) {
            guard let value else { return }
            text.name(name)
            text.string(value)
        }
        text.open("{")
        word("name", name)
        word("transport", transport)
        word("breaker", breaker.word)
        word("next_probe_at", breaker.nextTry?.rfc3339)
        text.name("failures_in_a_row")
        text.integer(breaker.failures)
        text.name("wait_seconds")
        text.number(breaker.wait)
        text.name("failures")
        text.open("{")
        for (name, count) in failures.sorted(by: { $0.key < $1.key }) {
            text.name(name)
            text.integer(count)
        }
        text.close("}")
        if let lastFailure {
            text.name("last_failure")
            text.open("{")
            word("class", lastFailure.class)
            word("message", lastFailure.message)
            word("time", lastFailure.time.rfc3339)
            text.close("}")
        }
        text.name("connects")
        text.integer(connects)
        if let pool {
            text.name("pool")
            pool.write(to: &text)
        }
        word("contact_at", contactAt?.rfc3339)
        word("cleared_at", clearedAt?.rfc3339)
        text.close("}")
    }
}

extension Breaker {
    /// Where it stands, in a word.
    package var word: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        case .quarantined: "quarantined"
        }
    }
}

extension DocumentValue {
    fileprivate var flag: Bool? { if case .bool(let flag) = content { flag } else { nil } }
}

extension DocumentValue? {
    /// The members of an object; none where it is no object.
    var members: [DocumentMember] {
        if case .object(let members) = self?.content { members } else { [] }
    }

    /// A whole number from 0 on; 0 where there is none.
    var whole: Int {
        if case .integer(let number) = self?.content { Int(clamping: max(0, min(number, 1 << 40))) } else { 0 }
    }

    fileprivate var real: Double {
        switch self?.content {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: 0
        }
    }

    fileprivate var time: Timestamp? { self?.text.flatMap { Timestamp(rfc3339: $0) } }
}
