import FleetCore
import FleetHost
import FleetTransport
import Foundation
import NIOPosix

/// Measures the first contact with a builder and polls over the channel that is held: `host-probe SUPERVISOR HOST PORT
/// USER IDENTITY KNOWN_HOSTS POLLS [TRANSPORT]`; prints a JSON object.
@main
enum HostProbe {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 8 || words.count == 9, let port = Int(words[3]), let polls = Int(words[7]) else {
            FileHandle.standardError.write(
                Data("usage: host-probe SUPERVISOR HOST PORT USER IDENTITY KNOWN_HOSTS POLLS [TRANSPORT]\n".utf8)
            )
            exit(64)
        }
        var spec = SSHHostSpec(host: words[2], workingDirectory: "/", codewhaleBinary: "/")
        spec.port = port
        spec.user = words[4]
        spec.identity = words[5]
        spec.knownHosts = words[6]
        if words.count == 9 { spec.transport = SSHHostSpec.Transport(rawValue: words[8]) ?? .system }
        let connector = HostConnector(
            workspace: "benchmark0000000",
            payloads: SupervisorPayloads(supervisor: words[1]),
            environment: ProcessInfo.processInfo.environment
        )
        _ = try connector.payloads.all()
        let clock = ContinuousClock()
        var contact: [Double] = []
        var times: [Double] = []
        for _ in 0..<2 {
            let host = connector.adapter(
                for: HostDescription(name: spec.host, reach: .ssh(spec), environment: [:]),
                on: MultiThreadedEventLoopGroup.singleton.next()
            ) { _ in }
            contact.append(seconds(try await clock.measure { _ = try await host.status(of: []) }))
            times = []
            for _ in 0..<polls { times.append(seconds(try await clock.measure { _ = try await host.status(of: []) })) }
            await host.close()
        }
        times.sort()
        let (p50, p99) = (times[polls / 2], times[min(polls - 1, polls * 99 / 100)])
        print(#"{"first":\#(contact[0]),"later":\#(contact[1]),"p50":\#(p50),"p99":\#(p99)}"#)
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
