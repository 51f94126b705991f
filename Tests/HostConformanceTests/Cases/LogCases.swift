import FleetHost
import FleetWire
import Foundation
import Testing

/// H6: logs are bounded, whatever is written, and what is said of them is exact.
extension HostCase {
    static let logCases: [HostCase] = [
        HostCase("H6", "1 GiB of output: the first and the last part are kept, and the bytes counted") { site in
            try site.allowBackground()
            var request = site.shell("printf BEGIN; yes 0123456789abcde | head -c 1073741824; printf FINIS")
            request.logLimit = 256 << 10
            request.logHead = 64 << 10
            let (report, log) = try await site.finish(request)
            #expect(report.logBytes == 5 + 1_073_741_824 + 5)
            #expect(report.logDropped == report.logBytes - UInt64(log.count))
            #expect(log.count <= 256 << 10 && log.count >= 64 << 10)
            #expect(text(log.prefix(21)) == "BEGIN0123456789abcde\n")
            #expect(text(log.suffix(5)) == "FINIS")
            #expect(try site.logBytesOnDisk() <= 256 << 10)
        },
        HostCase("H6", "one endless line, NUL bytes and invalid UTF-8 are kept as they are") { site in
            try site.allowBackground()
            let request = site.shell(#"printf 'a\0b\377\376\303'; yes | head -c 3000000 | tr -d '\n'"#)
            let (report, log) = try await site.finish(request)
            #expect(log.prefix(7) == [0x61, 0, 0x62, 0xff, 0xfe, 0xc3, UInt8(ascii: "y")])
            #expect(report.logBytes == 6 + 1_500_000 && report.logDropped == 0 && log.count == 1_500_006)
        },
        HostCase("H6", "a read inside a gap gives the gap's bounds; any offset may be read from") { site in
            var request = site.shell("yes 0123456789abcde | head -c 1000000")
            request.logLimit = 64 << 10
            request.logHead = 16 << 10
            let notices = Notices()
            let host = site.open(notices)
            _ = try await host.start(request)
            let report = try await notices.wait(for: request.key).report
            let gap = try await host.log(of: request.key, offset: 16 << 10, limit: 100)
            #expect(gap.bytes.isEmpty && gap.gapEnd == (16 << 10) + report.logDropped)
            let tail = try await host.log(of: request.key, offset: gap.gapEnd, limit: 1 << 20)
            #expect(!tail.bytes.isEmpty && tail.total == 1_000_000)
            let middle = try await host.log(of: request.key, offset: 1_000, limit: 32)
            #expect(
                text(middle.bytes[...])
                    == String(String(repeating: "0123456789abcde\n", count: 100).dropFirst(1_000 % 16).prefix(32))
            )
            let last = try await host.log(of: request.key, offset: 999_990, limit: 100)
            #expect(last.bytes.count == 10 && last.isFinal)
            let beyond = try await host.log(of: request.key, offset: 2_000_000, limit: 100)
            #expect(beyond.bytes.isEmpty && beyond.isFinal)
        },
        HostCase("H6", "a log is visible while the program runs, and each attempt has its own") { site in
            let notices = Notices()
            let host = site.open(notices)
            try site.makePipe("hold")
            try site.makePipe("told")
            let first = site.shell(
                "echo first; until echo > told; do :; done; read line < hold; echo more",
                as: site.key("task", attempt: 1)
            )
            _ = try await host.start(first)
            try await drained(site.workFile("told"))
            var seen = try await host.log(of: first.key, offset: 0, limit: 100)
            while seen.bytes.isEmpty { seen = try await host.log(of: first.key, offset: 0, limit: 100) }
            #expect(text(seen.bytes[...]) == "first\n" && !seen.isFinal)
            try await release(site.workFile("hold"))
            try await notices.wait(for: first.key)
            let second = site.shell("echo second", as: site.key("task", attempt: 2))
            _ = try await host.start(second)
            try await notices.wait(for: second.key)
            #expect(text(try await site.log(of: first.key, on: host)[...]) == "first\nmore\n")
            #expect(text(try await site.log(of: second.key, on: host)[...]) == "second\n")
        },
        HostCase("H6", "standard output and error come merged in the order of arrival") { site in
            let (_, log) = try await site.finish(site.shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2"))
            #expect(lines(log) == ["1", "2", "3", "4"])
        },
        HostCase("H6", "an empty log makes no file, and the digest is that of what is kept") { site in
            var silent = site.shell("true", as: site.key("silent"))
            silent.wantsLogDigest = true
            let (empty, _) = try await site.finish(silent)
            #expect(empty.logDigest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            #expect(try site.logBytesOnDisk() == 0 && site.logFiles() == [])
            var loud = site.shell("yes abc | head -c 300000", as: site.key("loud"))
            loud.wantsLogDigest = true
            loud.logLimit = 64 << 10
            loud.logHead = 8 << 10
            let (report, log) = try await site.finish(loud)
            var digest = SHA256()
            digest.update(log)
            #expect(report.logDigest == digest.hexDigest())
        },
    ]
}

/// Waits until somebody writes into a pipe.
///
/// - Throws: ``SiteError`` where nobody does within a minute.
func drained(_ pipe: String) async throws {
    let descriptor = Foundation.open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw SiteError("\(pipe) cannot be opened") }
    defer { close(descriptor) }
    let deadline = ContinuousClock.now + .seconds(60)
    var byte: UInt8 = 0
    // At first there is no writer, which reads as an end.
    while read(descriptor, &byte, 1) != 1 {
        guard ContinuousClock.now < deadline else { throw SiteError("nobody writes to \(pipe)") }
        await Task.yield()
    }
}

extension Site {
    /// The files of logs in the state directory.
    func logFiles() -> [String] {
        let names = FileManager.default.enumerator(atPath: outside(state))?.compactMap { $0 as? String } ?? []
        return names.filter { $0.contains("/logs/") }
    }

    /// How many bytes they have together.
    func logBytesOnDisk() throws -> Int {
        try logFiles()
            .reduce(0) { sum, name in
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(outside(state))/\(name)")
                return sum + (attributes[.size] as? Int ?? 0)
            }
    }
}
