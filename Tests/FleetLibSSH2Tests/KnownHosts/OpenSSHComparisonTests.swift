import Foundation
import Testing

@testable import FleetLibSSH2

/// Our verdicts beside those of OpenSSH's own programs, over a table of files and hosts.
@Suite(
    "Known hosts as OpenSSH has them",
    .enabled(if: OpenSSHBench.isThere, "gap: there is no OpenSSH server on this machine, or none that can be started")
)
struct OpenSSHComparisonTests {
    /// Certificates of hosts, which are not checked here.
    private static let noCertificates = ["HostKeyAlgorithms=-*-cert-v01@openssh.com"]

    @Test("verdict, line and algorithm are the same", arguments: OpenSSHCase.all)
    func table(_ row: OpenSSHCase) async throws { try await compare(row) }

    @Test("they are the same of lines put together by chance", arguments: 0..<60)
    func chance(_ seed: Int) async throws { try await compare(.random(seed: seed)) }

    private func compare(_ row: OpenSSHCase) async throws {
        let bench = try await OpenSSHBench.shared.value
        if let needed = row.needed, !bench.types.contains(needed) {
            print("gap: this OpenSSH knows no \(needed): \(row.testDescription)")
            return
        }
        let place = bench.directory + "/" + String(UInt64.random(in: .min ... .max), radix: 36)
        let files = try Self.files(row, bench, at: place)
        let hosts = KnownHosts(files: files)
        let ours = Self.answer(row, bench, hosts)

        var found: [String] = []
        let names = KnownHosts.names(ofHost: row.host.known, port: row.host.knownPort)
        for file in files where FileManager.default.fileExists(atPath: file.path) {
            for name in [names.full, names.plain].compactMap(\.self).map({ String(decoding: $0, as: UTF8.self) }) {
                let lines = try await bench.keygenLines(named: name, in: file.path)
                #expect(OpenSSHBench.lines(named: name, in: file) == lines, "\(row.testDescription): \(name)")
                found += lines.map { "\(name):\($0)" }
            }
        }
        let theirs = try await bench.ask(row.host, shown: row.shown, files: files.map(\.path), log: place + ".log")
        #expect(ours == theirs, "\(row.testDescription): \(row.files)")

        let keygen = found.isEmpty ? "-" : found.joined(separator: ", ")
        let verdicts = [theirs, ours].map { $0.verdict.replacing(place, with: "") }
        print("\(row.testDescription) | keygen: \(keygen) | ssh: \(verdicts[0]) | we: \(verdicts[1])")
    }

    @Test("a host that an authority alone knows is unknown, as to a client without certificates")
    func authority() async throws {
        let bench = try await OpenSSHBench.shared.value
        let place = bench.directory + "/authority"
        let row = OpenSSHCase(
            title: "an authority",
            files: ["@cert-authority *.example {ca}\n"],
            shown: ["ed", "cert"],
            host: AskedHost(name: "a.example"),
            needed: nil
        )
        let files = try Self.files(row, bench, at: place)
        let key = SampleKeys.blob(bench.key("ed"))
        let verdict = KnownHosts(files: files).verdict(forHost: "a.example", port: 22, key: key)
        #expect(verdict == .unknown(authority: .init(path: files[0].path, line: 1)))
        let paths = files.map(\.path)
        let without = try await bench.ask(
            row.host,
            shown: row.shown,
            files: paths,
            log: place + ".log",
            options: Self.noCertificates
        )
        #expect(without == .init(algorithm: "ssh-ed25519", verdict: "unknown"))
        let with = try await bench.ask(row.host, shown: row.shown, files: paths, log: place + "2.log")
        #expect(with.verdict == "known \(files[0].path):1")
        print("declared gap: certificates of hosts: ssh says \(with.verdict), we say unknown and name the authority")
    }

    /// Writes the files of a case.
    private static func files(_ row: OpenSSHCase, _ bench: OpenSSHBench, at place: String) throws -> [KnownHosts.File] {
        try row.files.enumerated()
            .map { number, text in
                let path = "\(place).\(number + 1)"
                if let text { try bench.write(Array(bench.expanded(text).utf8), to: path) }
                return try KnownHosts.File.read(path)
            }
    }

    /// What we say: of the key of the first algorithm in our order that the server has a key for.
    private static func answer(_ row: OpenSSHCase, _ bench: OpenSSHBench, _ hosts: KnownHosts) -> OpenSSHBench.Answer {
        let (host, port) = (row.host.known, row.host.knownPort)
        let keys = [
            "ssh-ed25519": "ed", "ecdsa-sha2-nistp256": "ec", "rsa-sha2-512": "rsa", "rsa-sha2-256": "rsa",
        ]
        .filter { row.shown.contains($0.value) }
        let order = hosts.host(host, port: port).algorithms(bench.offered)
        guard let algorithm = order.first(where: { keys[$0] != nil }), let key = keys[algorithm] else {
            return .init(algorithm: "none", verdict: "none")
        }
        let verdict =
            switch hosts.verdict(forHost: host, port: port, key: SampleKeys.blob(bench.key(key))) {
            case .known(let place): "known \(place)"
            case .unknown: "unknown"
            case .changed(let place, _): "changed \(place)"
            case .revoked: "revoked"
            }
        return .init(algorithm: algorithm, verdict: verdict)
    }
}
