import FleetTransport
import NIOConcurrencyHelpers

/// What carries the commands of all sessions of an endpoint.
final class Carrier: Sendable {
    /// The transport's session.
    let session: any Session
    /// Variables that are known to arrive: a host accepts them by their names.
    private let accepted = NIOLockedValueBox<Set<String>>([])

    init(_ session: any Session) { self.session = session }

    /// Of so many variables a host takes each whose name it accepts; sshd has a bound of 128.
    private static let certainCount = 100

    /// Prints, for each name, `=` and its value where it is set, and NUL.
    private static let script = #"for name do eval "printf '%s\\000' \"\${$name+=}\${$name-}\""; done"#

    /// Finds out whether variables arrive as they are here; a host drops those that it does not accept, often silently.
    ///
    /// - Parameters:
    ///   - environment: the variables; their names are checked to be such.
    ///   - host: the host in messages.
    /// - Throws: ``TransportError`` of code `environment` that names those that do not arrive, and no value.
    func check(_ environment: [String: String], of host: String) async throws {
        let known = environment.count > Self.certainCount ? [] : accepted.withLockedValue { $0 }
        let names = environment.keys.filter { !known.contains($0) }.sorted()
        guard !names.isEmpty else { return }
        let asked = environment.filter { names.contains($0.key) }
        let request = ChannelRequest(arguments: ["/bin/sh", "-c", Self.script, "sh"] + names, environment: asked)
        let limit = asked.values.reduce(names.count * 2) { $0 + $1.utf8.count } + 4_096
        let result = try await CommandRun(session, host).result(request, input: [UInt8](), outputLimit: limit)
        let values = result.output.split(separator: 0, omittingEmptySubsequences: false)
        let missing = names.enumerated()
            .filter { index, name in
                index >= values.count || !values[index].elementsEqual("=\(asked[name] ?? "")".utf8)
            }
            .map(\.element)
        guard missing.isEmpty else {
            throw TransportError(
                .environment,
                "\(host): \(missing.joined(separator: ", ")) did not arrive",
                hint: "add \"AcceptEnv \(missing.joined(separator: " "))\" to the host's sshd_config"
            )
        }
        accepted.withLockedValue { $0.formUnion(names) }
    }
}
