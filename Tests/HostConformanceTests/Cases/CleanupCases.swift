import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H10: cleanup removes what is the attempt's, and nothing else; artifacts are taken from inside alone.
extension HostCase {
    static let cleanupCases: [HostCase] = [
        HostCase("H10", "cleanup removes what is the attempt's and nothing else, and refuses while it runs") { site in
            let notices = Notices()
            let host = site.open(notices)
            try site.makePipe("hold")
            let ended = site.shell(
                "echo log; echo x > \"$CODEWHALE_ARTIFACTS_DIR/x\"; echo > mine",
                as: site.key("ended")
            )
            let other = site.shell("echo other", as: site.key("other"))
            let running = site.shell("read line < hold", as: site.key("running"))
            for request in [ended, other, running] { _ = try await host.start(request) }
            try await notices.wait(for: ended.key)
            try await notices.wait(for: other.key)
            let error = await #expect(throws: HostError.self) { try await host.cleanup([ended.key, running.key]) }
            #expect(error?.code == .running)
            #expect(
                try await host.status(of: [ended.key, other.key, running.key]).map(\.state) == [
                    .unknown, .exited, .running,
                ]
            )
            #expect(text(try await site.log(of: other.key, on: host)[...]) == "other\n")
            #expect(FileManager.default.fileExists(atPath: site.workFile("mine")))
            let names =
                FileManager.default.enumerator(atPath: site.outside(site.state))?.compactMap { $0 as? String } ?? []
            #expect(!names.contains { $0.contains("ended") })
            try await release(site.workFile("hold"))
            try await notices.wait(for: running.key)
        },
        HostCase("H10", "who reaps removes no record of what somebody drives, nor of what never had a lease") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("exit 3")
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            for validity in [nil, 60_000] as [UInt64?] {
                if let validity { try await host.renew(validity: validity) }
                let error = await #expect(throws: HostError.self) { try await host.cleanUpUnowned([request.key]) }
                #expect(error?.code == .refused)
                #expect(try await host.status(of: [request.key])[0].exit == .code(3))
            }
        },
        HostCase("H10", "who reaps removes the record of what nobody drives any more") { site in
            let notices = Notices()
            let host = site.open(notices)
            var request = site.shell("exit 3")
            request.leaseValidity = 1
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            let isRemoved = try await eventually(seconds: 30) {
                try? await host.cleanUpUnowned([request.key])
                return try await host.status(of: [request.key])[0].state == .unknown
            }
            #expect(isRemoved)
        },
        HostCase("H10", "git clean in the working directory harms nothing") { site in
            let notices = Notices()
            let host = site.open(notices)
            try site.makePipe("hold")
            let request = site.shell("echo before; read line < hold; echo after")
            _ = try await host.start(request)
            // What `git clean -ffdx` leaves: nothing.
            for name in try FileManager.default.contentsOfDirectory(atPath: site.outside(site.work))
            where name != "hold" {
                try FileManager.default.removeItem(atPath: site.workFile(name))
            }
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(0))
            #expect(text(try await site.log(of: request.key, on: host)[...]) == "before\nafter\n")
        },
        HostCase("H10.apart", "two state directories on one host do not meet") { site in
            let notices = Notices()
            let host = site.open(notices)
            let other = site.open(state: site.home + "/elsewhere")
            let request = site.shell("true")
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            #expect(try await other.status(of: []) == [])
            #expect(try await other.status(of: [request.key]).map(\.state) == [.unknown])
            #expect(try await other.stop(request.key).outcome == .unknown)
        },
        HostCase("H10.artifacts", "artifacts are copied, digested and read in parts") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell(
                "mkdir -p out/deep; echo one > out/a.txt; echo two > out/deep/b.txt; echo no > out/c.bin; "
                    + "echo own > \"$CODEWHALE_ARTIFACTS_DIR/own file\""
            )
            _ = try await host.start(request)
            #expect(try await notices.wait(for: request.key).report.hasArtifacts)
            let reply = try await host.collect(request.key, patterns: ["out/**/*.txt", "out/missing"])
            #expect(reply.problems == [])
            #expect(reply.entries.map(\.path) == ["out/a.txt", "out/deep/b.txt", "own file"])
            #expect(reply.entries.map(\.pattern) == [1, 1, 0])
            #expect(reply.entries.map(\.bytes) == [4, 4, 4])
            var digest = SHA256()
            digest.update("two\n".utf8)
            #expect(reply.entries[1].digest == digest.hexDigest())
            let chunk = try await host.artifact(of: request.key, path: "out/deep/b.txt", offset: 1, limit: 2)
            #expect(text(chunk.bytes[...]) == "wo" && chunk.total == 4 && !chunk.isFinal)
            // Repeating it changes nothing, also when the file has changed since.
            try "changed\n".write(toFile: site.workFile("out/a.txt"), atomically: true, encoding: .utf8)
            #expect(try await host.collect(request.key, patterns: ["out/**/*.txt", "out/missing"]) == reply)
        },
        HostCase("H10.inside", "no pattern and no link leads out of the working directory") { site in
            let notices = Notices()
            let host = site.open(notices)
            try "secret\n".write(toFile: site.outside(site.home) + "/outside.txt", atomically: true, encoding: .utf8)
            let request = site.shell(
                "mkdir in; echo ok > in/ok.txt; ln -s \(quoted(site.home)) in/dir; "
                    + "ln -s \(quoted(site.home + "/outside.txt")) in/link.txt; ln -s ok.txt in/inner.txt; mkfifo in/pipe.txt"
            )
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            let patterns = ["in/*.txt", "in/dir/*.txt", "../home/*", "\(site.home)/*", "**/outside.txt"]
            let reply = try await host.collect(request.key, patterns: patterns)
            #expect(reply.entries.map(\.path) == ["in/inner.txt", "in/ok.txt"])
            await #expect(throws: HostError.self) {
                try await host.artifact(of: request.key, path: "../../../home/outside.txt", offset: 0, limit: 100)
            }
        },
    ]

    private static func quoted(_ path: String) -> String { "'\(path)'" }
}
