import TestSupport

/// Files that are put together by chance.
extension OpenSSHCase {
    /// One or two files of some lines each, a server with some keys, and a host.
    static func random(seed: Int) -> OpenSSHCase {
        var random = SeededGenerator(seed: UInt64(seed))
        let files = (0..<Int.random(in: 1...2, using: &random))
            .map { _ in (0..<Int.random(in: 0...5, using: &random)).map { _ in line(&random) }.joined() }
        let shown = every.filter { _ in Bool.random(using: &random) }
        return OpenSSHCase(
            title: "seed \(seed)",
            files: files,
            shown: shown.isEmpty ? every : shown,
            host: AskedHost(
                name: one(of: ["a.example", "A.example", "b.example"], &random),
                port: one(of: [22, 2222, 2222], &random),
                alias: one(of: [nil, nil, nil, "b.example"], &random)
            ),
            needed: nil
        )
    }

    private static func line(_ random: inout SeededGenerator) -> String {
        let marker = one(of: ["", "", "", "", "", "@revoked ", "@revoked\t", "@cert-authority ", "@other "], &random)
        let names = [
            "a.example", "[a.example]:2222", "*", "?.EXAMPLE", "[*]:2222", "b.example,a.example", "*,!a.example",
            "*,![a.example]:2222", "{hash a.example}", "{hash [a.example]:2222}", "b.example", "*.example",
        ]
        let keys = [
            "{ed}", "{ed}", "{ec}", "{rsa}", "{ed2}", "{ec2}", "{rsa2}", "{ec384}", "{cert}", "ssh-ed25519 {rsa.64}",
            "rsa-sha2-256 {rsa.64}", "ssh-ed25519 {ed.64}=", "", "{ed.64}",
        ]
        let end = one(of: ["", "", " me@here", "\r", " # me", "\t"], &random) + "\n"
        return marker + one(of: names, &random) + " " + one(of: keys, &random) + end
    }

    private static func one<Element>(of list: [Element], _ random: inout SeededGenerator) -> Element {
        list[Int.random(in: list.indices, using: &random)]
    }
}
