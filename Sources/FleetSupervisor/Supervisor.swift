import CFleetSupervisor
import FleetWire

/// The executable's command line: `codewhale-supervisor attach --state DIR --nonce NONCE`.
///
/// `--workspace ID` stands for the place in the account's home that is the workspace's on this host.
package enum Supervisor {
    /// The version that `--version` prints; the protocol's version decides what fits together.
    static let version = "1 (protocol \(Hello.protocolVersion))"

    private static let usage = """
        usage: codewhale-supervisor attach (--state DIR | --workspace ID) --nonce NONCE
               codewhale-supervisor --digest
               codewhale-supervisor --version

        Runs attempts for codewhale, and answers for them over standard input and output. It is started by codewhale,
        here or on a builder; there is nothing in it to be run by hand. --digest prints its own SHA-256.

        """

    /// Runs the command line of this process to its end.
    package static func main() -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "--version": finish(version + "\n", to: 1, code: 0)
        case "--digest":
            guard let digest = try? SHA256.ofFile("/proc/self/exe") else { finish("", to: 1, code: 74) }
            finish(digest + "\n", to: 1, code: 0)
        case "--help", "-h": finish(usage, to: 1, code: 0)
        case "attach":
            guard let nonce = value(of: "--nonce", in: arguments), Identifier.isValid(nonce), arguments.count == 5
            else { finish(usage, to: 2, code: 64) }
            if let state = value(of: "--state", in: arguments) { Attach.run(state: .path(state), nonce: nonce) }
            guard let workspace = value(of: "--workspace", in: arguments), Identifier.isValid(workspace) else {
                finish(usage, to: 2, code: 64)
            }
            Attach.run(state: .workspace(workspace), nonce: nonce)
        default: finish(usage, to: 2, code: 64)
        }
    }

    private static func value(of option: String, in arguments: [String]) -> String? {
        guard let place = arguments.firstIndex(of: option), place + 1 < arguments.count else { return nil }
        return arguments[place + 1]
    }

    private static func finish(_ text: String, to descriptor: Int32, code: Int32) -> Never {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
        _exit(code)
    }
}
