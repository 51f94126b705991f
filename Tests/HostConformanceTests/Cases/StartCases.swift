import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H1: how a program is started.
extension HostCase {
    static let startCases: [HostCase] = [
        HostCase("H1", "arguments arrive exactly") { site in
            let odd = [
                "plain", "two words", "\"quoted\" 'single'", "$HOME `id` \\", "line\nbreak\ttab", "-n", "--", "",
                "ünïcødé 鯨",
                "*", "~", "!", "#", "%s", "a=b", "\u{1b}[31m",
            ]
            let request = site.start(["/bin/sh", "-c", #"for a; do printf '%s\0' "$a"; done"#, "sh"] + odd)
            let (report, log) = try await site.finish(request)
            #expect(report.exit == .code(0))
            #expect(log.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(text) == odd)
        },
        HostCase("H1", "an argument of 96 KiB arrives") { site in
            let long = String(repeating: "x", count: 96 << 10)
            let (_, log) = try await site.finish(site.start(["/bin/sh", "-c", #"printf %s "$1""#, "sh", long]))
            #expect(log.count == long.utf8.count)
            #expect(log.allSatisfy { $0 == UInt8(ascii: "x") })
        },
        HostCase("H1", "standard input is closed, and no descriptor but 0, 1 and 2 is there") { site in
            let (report, log) = try await site.finish(site.shell("cat; ls /proc/self/fd"))
            #expect(report.exit == .code(0))
            // `ls` itself opens the directory.
            #expect(lines(log) == ["0", "1", "2", "3"])
        },
        HostCase("H1", "the environment is the base, what was forwarded and what the start names, and nothing else") {
            site in
            var request = site.start(["/bin/cat", "/proc/self/environ"])
            request.environment = [WireVariable(name: "PLAIN", value: "a b=c\n'\"$")]
            request.forwardedNames = ["PASSED_ON"]
            let variables = ["PASSED_ON": "ünï\ncode = 'x'", "NOT_PASSED": "no"]
            let (_, log) = try await site.finish(request, variables: variables)
            let entries = log.split(separator: 0).map(text)
            let names = Set(entries.map { $0.prefix { $0 != "=" } }.map(String.init))
            let base: Set<String> = ["PATH", "HOME", "USER", "LANG", "TMPDIR"]
            #expect(
                names == base.union(["PLAIN", "PASSED_ON", "CODEWHALE_ATTEMPT_KEY", "CODEWHALE_ARTIFACTS_DIR"])
            )
            #expect(entries.contains("PLAIN=a b=c\n'\"$"))
            #expect(entries.contains("PASSED_ON=ünï\ncode = 'x'"))
            let key = request.key
            #expect(entries.contains("CODEWHALE_ATTEMPT_KEY=\(key.run)/\(key.task)/\(key.attempt)/\(key.nonce)"))
        },
        HostCase("H1", "values of variables stand in no argument, log or file of ours") { site in
            let marker = "marker-\(UUID().uuidString)"
            var request = site.shell("read line < hold; echo done")
            request.forwardedNames = ["SECRETIVE"]
            request.environment = [WireVariable(name: "ALSO", value: marker)]
            try site.makePipe("hold")
            let notices = Notices()
            let host = site.open(notices, variables: ["SECRETIVE": marker])
            _ = try await host.start(request)
            let seen = HostProcess.all()
            #expect(seen.filter { $0.command.contains(marker) }.map(\.command) == [])
            #expect(seen.contains { $0.variables.contains("SECRETIVE=\(marker)") })
            try await release(site.workFile("hold"))
            try await notices.wait(for: request.key)
            let files =
                FileManager.default.enumerator(atPath: site.outside(site.state))?.compactMap { $0 as? String } ?? []
            for file in files {
                let bytes = FileManager.default.contents(atPath: "\(site.outside(site.state))/\(file)") ?? Data()
                #expect(bytes.range(of: Data(marker.utf8)) == nil, "\(file)")
            }
            #expect(!files.isEmpty)
        },
        HostCase("H1", "the working directory may begin with ~/") { site in
            try site.makeDirectory("\(site.home)/inner dir")
            var request = site.shell("pwd")
            request.workingDirectory = "~/inner dir"
            let (_, log) = try await site.finish(request)
            #expect(lines(log) == ["\(site.home)/inner dir"])
        },
        HostCase("H1", "the program may begin with ~/") { site in
            let tools = "\(site.home)/own tools"
            try FileManager.default.createDirectory(atPath: site.outside(tools), withIntermediateDirectories: true)
            try "#!/bin/sh\necho from home\n"
                .write(toFile: site.outside(tools) + "/tool", atomically: true, encoding: .utf8)
            chmod(site.outside(tools) + "/tool", 0o755)
            let (_, log) = try await site.finish(site.start(["~/own tools/tool"]))
            #expect(lines(log) == ["from home"])
        },
        HostCase("H1", "the host's path stands before PATH") { site in
            let tools = "\(site.work)/tools"
            try site.makeDirectory(tools)
            try "#!/bin/sh\necho from tools\n"
                .write(toFile: site.outside(tools) + "/sleep", atomically: true, encoding: .utf8)
            chmod(site.outside(tools) + "/sleep", 0o755)
            var request = site.start(["sleep"])
            request.pathPrefix = tools
            let (_, log) = try await site.finish(request)
            #expect(lines(log) == ["from tools"])
        },
        HostCase("H1", "a program leads a session of its own, without a terminal") { site in
            let (report, log) = try await site.finish(site.shell("cut -d' ' -f 6,7 /proc/$$/stat || cat /proc/$$/stat"))
            let words = text(log[...]).split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
            // The session (6th field) is the program itself; it has no terminal (7th field).
            #expect(words.contains(String(report.pid)))
        },
    ]
}

/// The text of bytes.
func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The lines of a log.
func lines(_ log: [UInt8]) -> [String] { log.split(separator: 10).map(text) }

/// Lets a program go on that reads a line from a pipe.
///
/// - Throws: ``SiteError`` where nobody reads within a minute.
func release(_ pipe: String) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
        // Without waiting, so that no thread is held by a program that never comes to read.
        let descriptor = Foundation.open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        if descriptor >= 0 {
            defer { close(descriptor) }
            guard write(descriptor, "go\n", 3) == 3 else { throw SiteError("\(pipe) cannot be written") }
            return
        }
        guard errno == ENXIO, ContinuousClock.now < deadline else { throw SiteError("nobody reads \(pipe)") }
        await Task.yield()
    }
}
