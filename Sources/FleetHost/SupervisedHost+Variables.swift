import FleetWire

/// The variables of the channel: how they travel, and which of them did not arrive.
extension SupervisedHost {
    func hello() -> Hello {
        var hello = Hello()
        hello.digestKey = Nonce.makeKey()
        hello.names = configuration.verifiedNames
        hello.variables = configuration.greetedVariables.sorted { $0.key < $1.key }
            .map { WireVariable(name: $0.key, value: $0.value) }
        return hello
    }

    /// The names whose values did not arrive as they were sent.
    func missing(of hello: Hello, in greeting: HelloReply) -> Set<String> {
        let arrived = Dictionary(greeting.digests.map { ($0.name, $0.value) }) { first, _ in first }
        let sent = configuration.environment.merging(configuration.greetedVariables) { $1 }
        return Set(
            hello.names.filter { name in
                guard let value = sent[name] else { return false }
                return arrived[name] != HMACSHA256.variable(name: name, value: value, key: hello.digestKey)
            }
        )
    }

    func missingVariables(of request: StartRequest) -> HostError? {
        let names = request.forwardedNames.filter(missingNames.contains)
        guard !names.isEmpty else { return nil }
        let list = names.joined(separator: " ")
        let what =
            names.count == 1
            ? "the variable \(list) did not arrive as it was sent"
            : "these variables did not arrive as they were sent: \(list)"
        return HostError(
            .environment,
            "\(name): \(what)",
            hint: configuration.environmentHint.split(separator: "NAMES", omittingEmptySubsequences: false)
                .joined(separator: list)
        )
    }
}
