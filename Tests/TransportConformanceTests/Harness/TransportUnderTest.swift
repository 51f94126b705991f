import FleetLibSSH2
import FleetTransport
import NIOCore

/// A transport that the contract is run over; adding one is adding a value to ``all``.
struct TransportUnderTest: Sendable, CustomStringConvertible {
    /// Its name, as specs have it.
    let name: String
    /// Whether it reaches other machines.
    let isRemote: Bool
    /// Whether a channel is a client's process, with files of its own.
    var hasClients = true
    /// The kinds of keys that it cannot use, with the reason.
    var missingKeys: [String: String] = [:]
    /// Whether it tells an exit of 255, and a signal, from a lost connection.
    var tellsEveryEnd = true
    /// The lines that it cannot serve, with the reason.
    var gaps: [String: String] = [:]
    /// The same for one kind of server, by its name.
    var gapsOnServer: [String: [String: String]] = [:]
    /// Makes one: the host, the client's environment, and where its channels run.
    let make: @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport

    var description: String { name }

    /// All of them.
    static let all = [local, system, libssh2]

    /// This machine itself.
    static let local = TransportUnderTest(
        name: "local",
        isRemote: false,
        gaps: [
            "T1": "there is nobody to authenticate to",
            "T2": "there is nothing to connect to",
            "T3": "there are no host keys",
            "T4": "no login shell stands between",
            "T9": "there is no connection to lose",
            "T12": "no configuration of ssh is read",
            "T5.refused": "no variable is refused",
            "T5.nowhere": "nobody refuses",
            "T11.closed": "this machine is always there",
            "T11.opening": "this machine is always there",
            "T11.stale": "there are no control files",
            "T8.sessions": "there is no limit of sessions",
            "T8.left": "there is no limit of sessions",
            "T7.lost": "there is no connection to lose",
        ]
        .merging(withoutPool) { $1 }
    ) { LocalTransport(eventLoop: $2) }

    /// The system's `ssh`.
    static let system = TransportUnderTest(
        name: "system",
        isRemote: true,
        tellsEveryEnd: false,
        gaps: [
            "T2.beside": "of ssh's words those about the file are told",
            "T2.http": "ssh says of it no more than that the connection was closed",
            "T8.left": "a client's process opens another connection where one is full",
            "T9.idle": "a connection ends with its last channel",
            "T12.auto": "it is what auto falls back to: see libssh2",
            "T12.methods": "it is what auto falls back to: see libssh2",
            "T12.hardened": "it is what auto falls back to: see libssh2",
        ]
        .merging(withoutPool) { $1 },
        gapsOnServer: ["dropbear": ["T10.open": fallsOver, "T10.many": fallsOver]]
    ) { SystemSSHTransport(endpoint: $0, environment: $1, eventLoop: $2) }

    private static let withoutPool = Dictionary(
        uniqueKeysWithValues: (1...6).map { ("P\($0)", "the pool is the native transport's") }
    )

    private static let fallsOver =
        "dropbear 2022.83 closes a channel that opens while a command on another ends, and falls over it"

    /// SSH in this process.
    static let libssh2: TransportUnderTest = {
        let isModern = LibSSH2.isModern
        var transport = TransportUnderTest(
            name: "libssh2",
            isRemote: true,
            hasClients: false,
            missingKeys: isModern ? [:] : ["rsa": "libssh2 \(LibSSH2.version) signs and checks RSA with SHA-1 alone"],
            gaps: [
                "T3.authority": "libssh2 checks no certificates of hosts",
                "T11.stale": "there are no control files",
                "T13": "there is no client to reach",
            ]
        ) { LibSSH2Transport(endpoint: $0, environment: $1, eventLoop: $2) }
        if !isModern {
            transport.gaps["T1.certificate"] = "libssh2 \(LibSSH2.version) takes certificates of ecdsa keys alone"
        }
        return transport
    }()
}

/// A transport, and the kind of server that it reaches.
struct TransportCell: Sendable, CustomStringConvertible {
    let transport: TransportUnderTest
    let server: ServerUnderTest

    var description: String { "\(transport) × \(server)" }

    /// Why the cell cannot serve a case, by the case's whole name or its line.
    func gap(_ line: String) -> String? {
        for gaps in [transport.gaps, transport.gapsOnServer[server.description] ?? [:], server.gaps] {
            if let reason = gaps[line] ?? gaps[String(line.prefix { $0 != "." })] { return reason }
        }
        return nil
    }

    /// The cells that this machine can serve.
    static let all = TransportUnderTest.all.flatMap { transport in
        ServerUnderTest.all(isRemote: transport.isRemote).map { TransportCell(transport: transport, server: $0) }
    }
}
