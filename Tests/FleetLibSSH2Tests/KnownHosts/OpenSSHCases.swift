@testable import FleetLibSSH2

/// The table: each file with each host is asked of `ssh-keygen`, of `ssh`, and of us.
extension OpenSSHCase {
    static let names: [[OpenSSHCase]] = [
        rows("nothing", ""),
        rows("comments and empty lines", "\n# a.example {ed}\n  \t\n   # b\n"),
        rows("the key", "a.example {ed}\n"),
        rows("a name in capitals", "A.EXAMPLE {ed}\n"),
        rows("another key", "a.example {ed2}\n"),
        rows("another type's key", "a.example {ec2}\n"),
        rows("a key of the host that the server does not show", "a.example {rsa}\n"),
        rows("another key, then the key", "a.example {ed2}\na.example {ed}\n"),
        rows("the key, then another", "a.example {ed}\na.example {ed2}\n"),
        rows("two others", "a.example {rsa2}\na.example {ed2}\n"),
        rows("several names", "c.example,a.example,b.example {ed}\n"),
        rows("empty names", ",,a.example, {ed}\n"),
        rows("a star", "*.example {ed}\n"),
        rows("a star for all", "* {ed2}\n"),
        rows("question marks", "?.exam??e {ed}\n"),
        rows("a negated name behind a star", "*.example,!a.example {ed}\n"),
        rows("a negated name before a star", "!b.example,*.example {ed}\n"),
        rows("a negated name alone", "!a.example {ed}\n"),
        rows("a name that is too long", "a.example,\(String(repeating: "x", count: 1023)) {ed}\n"),
        rows("a name as long as may be", "a.example,\(String(repeating: "x", count: 1022)) {ed}\n"),
        rows(
            "addresses",
            "127.0.0.1 {ed}\n[127.0.0.1]:2222 {ed2}\n::1 {ed2}\n[::1]:2222 {ed}\n",
            hosts: ["127.0.0.1", "::1"].flatMap { [AskedHost(name: $0), AskedHost(name: $0, port: 2222)] }
        ),
        rows(
            "aliases",
            "builder {ed}\n[other]:2222 {ed}\na.example {ed2}\n[a.example]:2222 {ed2}\n",
            hosts: ["builder", "BUILDER", "other", "[other]:2222"]
                .flatMap { alias in [22, 2222].map { AskedHost(name: "a.example", port: $0, alias: alias) } }
        ),
    ]

    static let ports: [[OpenSSHCase]] = [
        rows("a port", "[a.example]:2222 {ed}\n"),
        rows("the port 22 in brackets", "[a.example]:22 {ed}\n"),
        rows("another port", "[a.example]:2223 {ed}\n"),
        rows("a port without brackets", "a.example:2222 {ed}\n"),
        rows("a star within brackets", "[*]:2222 {ed}\n"),
        rows("a star for a port", "[a.example]:* {ed}\n"),
        rows("a star before a port", "*:2222 {ed}\n"),
        rows("a port's key beside a star's", "* {ed2}\n[a.example]:2222 {ed}\n"),
        rows("a port's key is another one than the host's", "a.example {ed}\n[a.example]:2222 {ed2}\n"),
        rows("a port's own key, the host's another one", "a.example {ed2}\n[a.example]:2222 {ed}\n"),
        rows("a host's key of another type", "a.example {rsa}\n", shown: ["ed", "rsa"]),
        rows("a port's key of another type", "[a.example]:2222 {rsa}\n", shown: ["ed", "rsa"]),
    ]

    static let markers: [[OpenSSHCase]] = [
        rows("revoked", "@revoked a.example {ed}\n"),
        rows("revoked for all", "a.example {ed}\n@revoked * {ed}\n"),
        rows("revoked before it is known", "@revoked *.example {ed}\n[a.example]:2222,b.example {ed}\n"),
        rows("revoked for another host", "a.example {ed}\n@revoked b.example {ed}\n"),
        rows("another key revoked", "a.example {ed}\n@revoked * {ed2}\n@revoked * {rsa}\n"),
        rows("revoked without the port", "@revoked a.example {ed}\n[a.example]:2222 {ed}\n"),
        rows("revoked with the port", "@revoked [a.example]:2222 {ed}\na.example {ed}\n"),
        rows("revoked by its certificate", "a.example {ed}\n@revoked * {cert}\n"),
        rows("revoked with a tab", "a.example {ed}\n@revoked\t* {ed}\n"),
        rows("revoked with tabs alone", "a.example {ed}\n@revoked\t*\tssh-ed25519\t{ed.64}\n"),
        rows("revoked, and the line is damaged", "a.example {ed}\n@revoked * ssh-ed25519 {rsa.64}\n"),
        rows("two markers", "a.example {ed}\n@revoked @cert-authority * {ed}\n"),
        rows("an unknown marker", "@trusted a.example {ed}\n@ b.example {ed}\n"),
        rows("a marker in capitals", "a.example {ed}\n@REVOKED * {ed}\n"),
        rows("an authority", "@cert-authority *.example {ca}\n"),
        rows("an authority beside the key", "@cert-authority *.example {ca}\na.example {ed}\n"),
        rows("an authority beside another key", "@cert-authority *.example {ca}\na.example {ed2}\n"),
        rows("an authority with the host's own key", "@cert-authority *.example {ed}\n"),
        rows("a certificate as a key", "a.example {cert}\n"),
        rows("a certificate beside the key", "a.example {ed}\na.example {cert}\n"),
    ]

    static let hashes: [[OpenSSHCase]] = [
        rows("a hashed name", "{hash a.example} {ed}\n"),
        rows("a hashed name with a port", "{hash [a.example]:2222} {ed}\n"),
        rows("a hashed name in capitals", "{hash A.example} {ed}\n"),
        rows("hashed names of each", "{hash a.example} {ed2}\n{hash [a.example]:2222} {ed}\n{hash b.example} {ed}\n"),
        rows("a hashed name among others", "{hash a.example},b.example {ed}\n"),
        rows("a hashed name behind a marker", "@revoked {hash a.example} {ed}\nb.example {ed}\n"),
        rows("a hash without its end", "|1|10loWPvx/TuqT2yI2srN/6KccmE= {ed}\nb.example {ed}\n"),
        rows("a hash of another kind", "|2|10loWPvx/TuqT2yI2srN/6KccmE=|NwIfnPoO9wy7y2aES3ZgZGcWL2M= {ed}\n"),
        rows("a hash without padding", "|1|10loWPvx/TuqT2yI2srN/6KccmE=|NwIfnPoO9wy7y2aES3ZgZGcWL2M {ed}\n"),
        rows("a salt that is too short", "|1|Zm9v|NwIfnPoO9wy7y2aES3ZgZGcWL2M= {ed}\n"),
    ]

    static let severalFiles: [[OpenSSHCase]] = [
        rows("the key in the second file", "b.example {ed2}\n", "a.example {ed}\n"),
        rows("another key in the first file", "a.example {ed2}\n", "a.example {ed}\n"),
        rows("another key in the second file", "b.example {ed}\n", "# none\na.example {ed2}\n"),
        rows("revoked in the second file", "*.example {ed}\n", "\n@revoked a.example {ed}\n"),
        rows("the first file is not there", nil, "*.example {ed}\n"),
        rows("no file is there", nil),
    ]

    static let preferences: [[OpenSSHCase]] = [
        rows("only RSA is known", "a.example {rsa}\n[a.example]:2222 {rsa}\n", shown: every),
        rows("only ECDSA is known", "a.example {ec}\n[a.example]:2222 {ec}\n", shown: every),
        rows("ECDSA and RSA are known", "*.example {rsa}\n*.example {ec}\n", shown: every),
        rows("all are known", "* {rsa}\n* {ec}\n* {ed}\n", shown: every),
        rows("RSA is known, and the best type", "a.example {rsa}\na.example {ed2}\n", shown: ["ec", "rsa"]),
        rows("ECDSA of another curve is known", "a.example {ec384}\n", shown: every),
        rows("RSA is known, and revoked", "a.example {rsa}\n@revoked * {rsa}\n", shown: every),
        rows("RSA is known, another of it revoked", "a.example {rsa}\n@revoked * {rsa2}\n", shown: every),
        rows("RSA is revoked alone", "@revoked a.example {rsa}\n", shown: every),
        rows("the first key of RSA is revoked", "*.example {rsa2}\n* {rsa}\n@revoked * {rsa2}\n", shown: every),
        rows("RSA by the name of its signatures", "a.example rsa-sha2-512 {rsa.64}\n", shown: every),
        rows("RSA and an authority", "@cert-authority * {ca}\n* {rsa}\n", shown: every),
    ]
}
