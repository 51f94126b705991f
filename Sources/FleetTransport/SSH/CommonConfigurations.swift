import NIOPosix

/// What `ssh -G` says of hosts that the ssh configuration does not tell apart, asked once for all of them: a client
/// costs more of the processor than all the rest of connecting to a host.
actor CommonConfigurations {
    /// That of this process.
    static let shared = CommonConfigurations()

    /// What an answer depends on, beside the names of host, account and port.
    private struct Key: Hashable {
        let arguments: [String]
        let environment: [String: String]
        let text: [UInt8]
    }

    /// The client whose system-wide configuration is known to be where ``HostlessConfiguration`` looks.
    private static let program = "/usr/bin/ssh"
    /// Every change of the files makes another answer.
    private static let limit = 64

    private var known: [Key: Task<SSHConfiguration, any Error>] = [:]

    /// What the configuration says of a host.
    ///
    /// - Parameters:
    ///   - host: the host.
    ///   - arguments: how the client is asked.
    ///   - environment: what the client is given.
    ///   - ask: asks the client about this host.
    /// - Returns: what the client says, or would say.
    /// - Throws: what `ask` throws.
    func configuration(
        of host: JumpHost,
        arguments: SSHArguments,
        environment: [String: String],
        ask: @escaping @Sendable () async throws -> SSHConfiguration
    ) async throws -> SSHConfiguration {
        guard arguments.program == Self.program, Self.isPlain(host.host),
            let text = await Self.text(of: arguments.endpoint.configFile)
        else { return try await ask() }
        let placeholder = JumpHost(host: "host", user: host.user.map { _ in "user" }, port: host.port.map { _ in 1 })
        let key = Key(arguments: arguments.query(placeholder), environment: environment, text: text)
        if let task = known[key] {
            // Who asked first is told of a failure in words about its own host, and so is everybody.
            guard let common = try? await task.value else { return try await ask() }
            return common.standing(for: host)
        }
        if known.count >= Self.limit { known = [:] }
        let task = Task {
            let answer = try await ask()
            guard answer == answer.standing(for: host) else { throw Uncommon(answer: answer) }
            return answer
        }
        known[key] = task
        do {
            return try await task.value
        } catch {
            known[key] = nil
            if let error = error as? Uncommon { return error.answer }
            throw error
        }
    }

    /// An answer that names another host than was asked about.
    private struct Uncommon: Error {
        let answer: SSHConfiguration
    }

    /// Whether ssh takes a name as it is: it writes capitals small, and numbers of any form as an address of four.
    static func isPlain(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count == 4, labels.allSatisfy({ label in UInt8(label).map { String($0) == label } ?? false }) {
            return true
        }
        guard let last = labels.last?.utf8.first, isLetter(last), !host.hasPrefix("-") else { return false }
        return host.utf8.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func text(of file: String?) async -> [UInt8]? {
        try? await NIOThreadPool.singleton.runIfActive {
            // ssh takes the account's home, whatever HOME says.
            let home = LocalAccount.home
            return home.isEmpty ? nil : HostlessConfiguration(file: file, home: home)?.text
        }
    }
}
