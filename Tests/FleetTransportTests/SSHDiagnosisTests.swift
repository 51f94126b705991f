import Foundation
import Testing

@testable import FleetTransport

/// What the ssh client's words mean: its real messages, as OpenSSH 9.2 wrote them to `-E`, with its line ends.
@Suite("SSH diagnosis")
struct SSHDiagnosisTests {
    struct Message: Sendable, CustomTestStringConvertible {
        let log: String
        let code: TransportError.Code
        let reason: TransportError.Reason
        var testDescription: String { "\(reason.rawValue): \(log.prefix { !$0.isNewline })" }
    }

    private static let strict =
        "No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\r\n"
        + "Host key verification failed.\r\n"
    private static let changed = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r
        Offending ED25519 key in /home/me/.ssh/known_hosts:3\r
        Host key for [127.0.0.1]:2222 has changed and you have requested strict checking.\r
        Host key verification failed.\r

        """
    private static let revoked = """
        WARNING: REVOKED HOST KEY DETECTED!\r
        The ED25519 host key for [127.0.0.1]:2222 is marked as revoked.\r
        Host key verification failed.\r

        """

    static let messages: [Message] = [
        Message(log: strict, code: .hostKey, reason: .unknownHostKey),
        Message(log: changed, code: .hostKey, reason: .changedHostKey),
        Message(log: revoked, code: .hostKey, reason: .revokedHostKey),
        Message(
            log: "me@127.0.0.1: Permission denied (publickey).\r\n",
            code: .authentication,
            reason: .denied
        ),
        Message(
            log: "Load key \"/tmp/k\": error in libcrypto\r\nme@127.0.0.1: Permission denied (publickey).\r\n",
            code: .authentication,
            reason: .badKeyFile
        ),
        Message(
            log: "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n",
            code: .transport,
            reason: .refused
        ),
        Message(
            log: "ssh: connect to host 127.0.0.1 port 1: Connection timed out\r\n",
            code: .transport,
            reason: .timeout
        ),
        Message(
            log: "ssh: connect to host 10.0.0.1 port 22: No route to host\r\n",
            code: .transport,
            reason: .unreachable
        ),
        Message(
            log: "ssh: Could not resolve hostname no-such.invalid: Name or service not known\r\n",
            code: .transport,
            reason: .unresolvable
        ),
        Message(
            log: "kex_exchange_identification: Connection closed by remote host\r\n"
                + "Connection closed by 127.0.0.1 port 2222\r\n",
            code: .transport,
            reason: .closed
        ),
        Message(log: "Connection reset by 127.0.0.1 port 2222\r\n", code: .transport, reason: .closed),
    ]

    @Test("each message has its reason", arguments: messages)
    func reason(_ message: Message) {
        let error = diagnosis(message.log).error
        #expect(error.code == message.code && error.reason == message.reason)
        #expect(error.message.hasPrefix("the-host: "))
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test("a refused key names the account, and the place of a changed host key is told")
    func details() {
        let log = "Load key \"/k\": incorrect passphrase supplied\r\nme@127.0.0.1: Permission denied (publickey).\r\n"
        #expect(diagnosis(log).error.message.hasSuffix("(me@127.0.0.1)"))
        #expect(diagnosis(Self.changed).error.hint?.contains("/home/me/.ssh/known_hosts:3") ?? false)
    }

    @Test("what a refused key is told with is harmless, whatever stands in its place")
    func oddPlace() {
        var one = diagnosis(Self.changed.replacingOccurrences(of: "/home/me/", with: "/\u{1b}[2J/"))
        one.diagnostics = "codewhale-key:n h\u{1b} ED\u{7f} SHA256:\u{9b}1\n"
        let scalars = one.error.description.unicodeScalars.map(\.value)
        let isRaw = scalars.contains { $0 < 0x20 || (0x7f..<0xa0).contains($0) }
        #expect(!isRaw)
        #expect(one.error.reason == .changedHostKey)
    }

    @Test("a host's own words on standard error are not taken for the client's")
    func hostWords() {
        var one = diagnosis("")
        one.diagnostics = "Host key verification failed.\nPermission denied (publickey)\n"
        #expect(one.error.code != .hostKey && one.error.code != .authentication)
    }

    @Test(
        "a shared connection that takes no more, or is gone, is told apart",
        arguments: [
            "mux_client_request_session: session request failed: Session open refused by peer\r\n",
            "mux_client_request_session: read from master failed: Broken pipe\r\n",
            "Connection closed by UNKNOWN port 65535\r\n", "Connection reset by UNKNOWN port 65535\r\n",
            "banner exchange: Connection to UNKNOWN port 65535: Broken pipe\r\n",
            "kex_exchange_identification: write: Broken pipe\r\n",
        ]
    )
    func sharing(log: String) {
        #expect(diagnosis(log).isSharingRefused)
        #expect(!diagnosis(Self.strict).isSharingRefused)
    }

    private func diagnosis(_ log: String) -> SSHDiagnosis {
        SSHDiagnosis(host: "the-host", log: log, diagnostics: "", nonce: "n", pin: nil, status: .code(255))
    }
}
