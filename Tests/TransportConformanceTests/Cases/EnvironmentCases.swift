import FleetTransport
import Foundation
import TestServers
import Testing

/// T5: variables arrive exactly, or it is seen that they did not, and their values stand nowhere.
extension TransportCase {
    static let environmentCases: [TransportCase] = [
        TransportCase("T5.arrive", "values arrive exactly") { site in
            let values = [
                "CODEWHALE_A": "two  words", "CODEWHALE_B": "'single' \"double\" $HOME `id` \\", "CODEWHALE_C": "a=b=c",
                "CODEWHALE_D": "line\nbreak\ttab\n", "CODEWHALE_E": "ünï 鯨", "CODEWHALE_F": "", "LC_CODEWHALE": "-n",
            ]
            try await arrive(site, values)
        },
        TransportCase("T5.many", "128 variables arrive") { site in
            let values = (0..<128).map { ("CODEWHALE_\($0)", "value \($0)") }
            try await arrive(site, Dictionary(uniqueKeysWithValues: values))
        },
        TransportCase("T5.large", "a value of 32 KiB arrives") { site in
            try await arrive(site, ["CODEWHALE_LARGE": String(repeating: "0123456789abcde\n", count: 2_048)])
        },
        TransportCase("T5", "a channel that joins a connection has its own values") { site in
            // Where variables do not travel, both see none.
            let session = try await site.connect()
            let show = shell("echo \"<$CODEWHALE_OWN>\"; read line")
            let first = try await session.talk(show, environment: ["CODEWHALE_OWN": "first"])
            try await first.wait(for: ">")
            let second = try await session.talk(show, environment: ["CODEWHALE_OWN": "second"])
            try await second.wait(for: ">")
            let third = try await session.talk(show)
            try await third.wait(for: ">")
            let isCarried = site.cell.gap("T5.arrive") == nil
            #expect(first.text == (isCarried ? "<first>\n" : "<>\n"))
            #expect(second.text == (isCarried ? "<second>\n" : "<>\n"))
            #expect(third.text == "<>\n")
            for talk in [first, second, third] { try await talk.send("\n") }
        },
        TransportCase("T5.refused", "a name that the host refuses does not arrive, and the session still serves") {
            site in
            let server = try await site.server(.init(environment: ["ACCEPT_ENV": ""]))
            let (output, end) = try await site.run(
                shell("echo \"<$CODEWHALE_A><$LANG>\""),
                to: site.endpoint(on: server),
                environment: ["CODEWHALE_A": "value", "LANG": "xx_XX"]
            )
            #expect(output.hasPrefix("<><") && !output.contains("xx_XX") && end.status == .code(0))
        },
        TransportCase("T5", "a value stands in no argument, on neither end, and in no file") { site in
            try await isNowhere(site)
        },
        TransportCase("T5", "a value is not logged either, however much ssh_config wants logged") { site in
            try site.write("config", "Host *\n  LogVerbose *:*:*\n  LogLevel DEBUG3\n")
            try await isNowhere(site)
        },
        TransportCase("T5", "what ssh_config sends of our variables is not the channel's") { site in
            try site.write("config", "Host *\n  SendEnv CODEWHALE_*\n")
            let variables = ["CODEWHALE_OWN": "ours", "CODEWHALE_OTHER": "ours"]
            let (output, _) = try await site.run(
                shell("echo \"<$CODEWHALE_OWN><$CODEWHALE_OTHER>\""),
                variables: variables,
                environment: ["CODEWHALE_OWN": "asked for"]
            )
            #expect(output == (site.cell.gap("T5.arrive") == nil ? "<asked for><>\n" : "<><>\n"))
        },
        TransportCase("T5.nowhere", "a failure does not tell a value") { site in
            var endpoint = site.endpoint()
            endpoint.identity = site.keys.file("unknown")
            let marker = "marker-\(UUID().uuidString)"
            let error = await #expect(throws: TransportError.self) {
                try await site.run(shell("true"), to: endpoint, environment: ["CODEWHALE_SECRET": marker])
            }
            #expect(error?.description.contains(marker) == false)
        },
    ]

    private static func isNowhere(_ site: TransportSite) async throws {
        let marker = "marker-\(UUID().uuidString)"
        let session = try await site.connect()
        let talk = try await session.talk(
            shell("echo here; read line"),
            environment: ["CODEWHALE_SECRET": marker, "LANG": marker]
        )
        try await talk.wait(for: "here")
        // Containers' processes are this machine's, too.
        let seen = HostProcess.all()
        #expect(seen.filter { $0.command.contains(marker) }.map(\.command) == [])
        // Where variables do not travel, a client at most has it.
        if site.cell.gap("T5.arrive") == nil || site.cell.transport.hasClients {
            #expect(seen.contains { $0.variables.contains("CODEWHALE_SECRET=\(marker)") })
        }
        let files = FileManager.default.enumerator(atPath: site.directory)?.compactMap { $0 as? String } ?? []
        for file in files {
            let bytes = FileManager.default.contents(atPath: site.file(file)) ?? Data()
            #expect(bytes.range(of: Data(marker.utf8)) == nil, "\(file)")
        }
        try await talk.send("\n")
        let end = try await talk.end()
        #expect(!end.diagnostics.contains(marker))
    }

    private static func arrive(_ site: TransportSite, _ values: [String: String]) async throws {
        let session = try await site.connect()
        for _ in 0..<2 {
            let talk = try await session.talk(["/bin/cat", "/proc/self/environ"], environment: values)
            try await talk.over()
            let entries = Set(talk.heard.value.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
            for (name, value) in values { #expect(entries.contains("\(name)=\(value)"), "\(name)") }
            _ = try await talk.end()
        }
    }
}
