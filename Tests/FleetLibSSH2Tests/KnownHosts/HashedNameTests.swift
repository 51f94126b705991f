import Testing

@testable import FleetLibSSH2

@Suite("Hashed names of known hosts")
struct HashedNameTests {
    /// Made by `ssh-keygen -H` of OpenSSH 9.2.
    static let plain = "|1|10loWPvx/TuqT2yI2srN/6KccmE=|NwIfnPoO9wy7y2aES3ZgZGcWL2M="
    static let withPort = "|1|7+VoZjU/2/TEbcPv1f1ruth2H+8=|fapDC6/DUUVLZrlo3bzj7q0WvzM="

    @Test("are of one name alone")
    func match() throws {
        let (plain, withPort) = (try #require(name(Self.plain)), try #require(name(Self.withPort)))
        #expect(plain.match(Array("a.example".utf8)))
        #expect(!plain.match(Array("[a.example]:2222".utf8)))
        #expect(!plain.match(Array("b.example".utf8)))
        #expect(withPort.match(Array("[a.example]:2222".utf8)))
        #expect(!withPort.match(Array("a.example".utf8)))
    }

    @Test("are made as they are read")
    func made() throws {
        let salt = try #require(Base64.decoded("10loWPvx/TuqT2yI2srN/6KccmE=".utf8))
        #expect(HashedName.text(of: Array("a.example".utf8), salt: salt) == Array(Self.plain.utf8))
    }

    @Test(
        "are malformed",
        arguments: [
            "|", "|1|", "|1||", "|2|10loWPvx/TuqT2yI2srN/6KccmE=|NwIfnPoO9wy7y2aES3ZgZGcWL2M=",
            "|1|10loWPvx/TuqT2yI2srN/6KccmE=", "|1|10loWPvx/TuqT2yI2srN/6KccmE|NwIfnPoO9wy7y2aES3ZgZGcWL2M=",
            "|1|Zm9v|NwIfnPoO9wy7y2aES3ZgZGcWL2M=", "|1|10loWPvx!TuqT2yI2srN/6KccmE=|x",
            "|1|" + String(repeating: "A", count: 1028) + "|x",
        ]
    )
    func malformed(_ text: String) { #expect(name(text) == nil) }

    @Test(
        "are of nobody where the hash is another one, or written in another way",
        arguments: ["", "NwIfnPoO9wy7y2aES3ZgZGcWL2N=", "NwIfnPoO9wy7y2aES3ZgZGcWL2M", "Zm9v"]
    )
    func foreign(_ hash: String) throws {
        let hashed = try #require(name("|1|10loWPvx/TuqT2yI2srN/6KccmE=|" + hash))
        #expect(!hashed.match(Array("a.example".utf8)))
    }

    private func name(_ text: String) -> HashedName? { HashedName(Array(text.utf8)[...]) }
}
