extension FieldNames {
    fileprivate static let alertPolicy = FieldNames(
        subject: "an alert policy",
        names: ["events", "channels", "after_attempts", "after_minutes_stale"]
    )
    fileprivate static let alertChannel = FieldNames(
        subject: "an alert channel",
        names: ["kind", "url", "url_ref", "secret_ref", "routing_key", "severity"],
        hints: [
            "webhook_url": "did you mean \"url\"?", "endpoint_url": "did you mean \"url\"?",
            "webhook_url_ref": "did you mean \"url_ref\"?", "webhook_ref": "did you mean \"url_ref\"?",
            "secret": "name it in \"secret_ref\"", "token": "name it in \"secret_ref\"",
        ]
    )
    fileprivate static let secretReference = FieldNames(subject: "a reference to a secret", names: ["key", "source"])
}

extension AlertPolicy {
    /// Reads a task's alert policy.
    static func read(_ object: ObjectReader) -> AlertPolicy? {
        guard let policy = object.object("alert_policy", known: .alertPolicy) else { return nil }
        let names = Event.allCases.map(\.rawValue)
        let events = policy.strings("events", of: "events") { name in
            guard Event(rawValue: name) == nil else { return nil }
            return TextProblem(
                expected: "one of \(names.joined(separator: ", "))",
                hint: policy.faults.didYouMean(name, among: names)
            )
        }
        policy.require("channels", expected: "an array of channels")
        var channels: [Channel] = []
        for (value, place) in policy.elements("channels", expected: "an array of channels") ?? [] {
            guard let reader = ObjectReader(value, at: place, policy.faults, known: .alertChannel) else { continue }
            if let channel = channel(reader) { channels.append(channel) }
        }
        return AlertPolicy(
            events: events?.compactMap(Event.init(rawValue:)) ?? [],
            channels: channels,
            afterAttempts: policy.integer("after_attempts", in: SpecBounds.attempts),
            afterMinutesStale: policy.number("after_minutes_stale", in: SpecBounds.duration, unit: "minutes")
        )
    }

    private static func channel(_ reader: ObjectReader) -> Channel? {
        reader.require("kind", expected: "a channel's kind: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        guard let kind = reader.choice("kind", Kind.self) else { return nil }
        var channel = Channel(kind: kind)
        channel.url = reader.string("url", expected: "an http or https address", hidesValue: true) {
            $0.hasPrefix("https://") || $0.hasPrefix("http://")
        }
        channel.urlReference = reference("url_ref", reader)
        channel.secretReference = reference("secret_ref", reader)
        channel.routingKeyReference = reference("routing_key", reader)
        channel.severity = reader.title("severity")
        if kind == .pagerDuty {
            reader.require("routing_key", expected: "the name of the secret that is the routing key")
        } else if reader["url"] == nil {
            reader.require("url_ref", expected: "\"url\", or the name of the secret that is the address")
        }
        return channel
    }

    /// A secret by its name, as a text or an object with `key`.
    private static func reference(_ name: String, _ reader: ObjectReader) -> String? {
        guard let value = reader[name] else { return nil }
        if case .string(let text) = value.content, !text.isBlank { return text }
        guard case .object = value.content, let object = reader.object(name, known: .secretReference) else {
            reader.report(name, value, found: value.kindText, expected: "the name of a secret")
            return nil
        }
        object.require("key", expected: "the name of a secret")
        if let source = object.string("source"), source != "env" {
            object.report("source", object["source"], found: source.quotedForMessage, expected: "\"env\"")
        }
        return object.filledString("key")
    }
}
