import TestServers

/// What a cell's transport reaches.
enum ServerUnderTest: Sendable, CustomStringConvertible {
    /// This machine, without a server.
    case thisMachine
    /// A container.
    case container(TestServer.Kind)
    /// An unprivileged sshd on the loopback interface, where no container can be had.
    case loopback

    /// The servers that can be had here.
    static func all(isRemote: Bool) -> [ServerUnderTest] {
        guard isRemote else { return [.thisMachine] }
        return TestServers.fault == nil ? TestServer.Kind.allCases.map { .container($0) } : [.loopback]
    }

    var description: String {
        switch self {
        case .thisMachine: "this machine"
        case .container(let kind): kind.rawValue
        case .loopback: "loopback sshd"
        }
    }

    /// The lines that it cannot serve, with the reason.
    var gaps: [String: String] {
        switch self {
        case .thisMachine, .container(.openssh): [:]
        case .container(.dropbear):
            [
                "T1.certificate": "dropbear knows no certificates",
                "T1.unasked": "dropbear has no such setting for one account",
                "T2.negotiation": "its key exchanges cannot be chosen",
                "T3.authority": "dropbear has no host certificates",
                "T4.shells": "busybox has one shell",
                "T4.restricted": "only /bin/false can be a restricted shell",
                "T5.arrive": "dropbear drops environment requests silently",
                "T5.many": "dropbear drops environment requests silently",
                "T5.large": "dropbear drops environment requests silently",
                "T7.outlive": "dropbear ends a channel with its command, whoever holds its output",
                "T8.sessions": "dropbear has no MaxSessions",
                "P1.sessions": "dropbear has no MaxSessions",
                "P2.cold": "dropbear has no MaxStartups, and is given one channel a connection: see P2.burst",
                "P2.jump": "dropbear refuses the sixth connection of an address that has not authenticated",
                "P2.eight": "dropbear refuses the sixth connection of an address that has not authenticated",
                "P4.refused": "dropbear has no MaxSessions",
                "T8.left": "dropbear has no MaxSessions",
                "T12.hardened": "its algorithms cannot be chosen",
                "T12.methods": "dropbear takes no tickets of Kerberos",
                "P4.behind": "dropbear is given one channel a connection",
            ]
        case .loopback:
            [
                "T1.certificate": "needs a container", "T1.unasked": "needs a container",
                "T2.user": "needs a container",
                "T2.negotiation": "needs a container",
                "T3": "needs a container",
                "T4": "needs a container", "T5.refused": "needs a container", "T7.lost": "needs a container",
                "T8.sessions": "needs a container", "T8.left": "needs a container", "T9": "needs a container",
                "T12": "needs a container", "P1": "needs a container", "P2": "needs a container",
                "P3": "needs a container", "P4": "needs a container", "P5": "needs a container",
                "P6": "needs a container",
            ]
        }
    }
}
