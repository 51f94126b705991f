import FleetTransport
import Testing

@testable import FleetLibSSH2

@Suite("Refusals of host keys")
struct HostKeyRefusalTests {
    private static let key = SampleKeys.blob(SampleKeys.rsa)
    private static let fingerprint = HostKeyFingerprint(of: key)
    private static let place = KnownHosts.Place(path: "/f", line: 3)
    private let refusal = HostKeyRefusal(host: "me@a", key: key)
    private let ofJumpHost = HostKeyRefusal(host: "me@a", jumpHost: "[j]:2222", key: key)

    @Test("a known key has none")
    func known() { #expect(refusal.error(.known(Self.place)) == nil) }

    @Test("an unknown key is told with its fingerprint and how it becomes known")
    func unknown() throws {
        let error = try #require(refusal.error(.unknown(authority: nil)))
        #expect(error.code == .hostKey && error.reason == .unknownHostKey)
        #expect(error.message == "me@a: the key of the host is not known; it showed ssh-rsa \(Self.fingerprint)")
        let hint =
            "compare the fingerprint with the host's own, then add the key to known_hosts, "
            + "or set \"host_key_fingerprint\": \"\(Self.fingerprint)\""
        #expect(error.hint == hint)
    }

    @Test("an unknown key of a jump host cannot be pinned")
    func unknownJumpHost() throws {
        let error = try #require(ofJumpHost.error(.unknown(authority: nil)))
        let message = "me@a: the key of the jump host [j]:2222 is not known; it showed ssh-rsa \(Self.fingerprint)"
        #expect(error.message == message)
        #expect(error.hint == "compare the fingerprint with the host's own, then add the key to known_hosts")
    }

    @Test("a host that only an authority knows is told of the other transport, and of lines that cannot be read")
    func authority() throws {
        let finding = KnownHosts.Finding(place: .init(path: "/f", line: 4), why: "it has no key")
        let error = try #require(refusal.error(.unknown(authority: Self.place), findings: [finding, finding]))
        let hint = try #require(error.hint)
        #expect(hint.hasPrefix("/f:3 knows it by an authority alone") && hint.contains("\"transport\": \"system\""))
        #expect(hint.hasSuffix("; this counts for nothing: /f:4: it has no key"))
    }

    @Test("a changed key is told with the line to mend")
    func changed() throws {
        let error = try #require(refusal.error(.changed(Self.place, storedType: "ssh-ed25519")))
        #expect(error.code == .hostKey && error.reason == .changedHostKey)
        let message =
            "me@a: the key of the host is another one than the one that is known; it showed ssh-rsa \(Self.fingerprint)"
        #expect(error.message == message)
        #expect(error.hint?.hasSuffix("compare the fingerprint with the host's own, then mend /f:3") ?? false)
    }

    @Test("a revoked key")
    func revoked() throws {
        let error = try #require(ofJumpHost.error(.revoked(Self.place)))
        #expect(error.code == .hostKey && error.reason == .revokedHostKey)
        #expect(
            error.message
                == "me@a: the key of the jump host [j]:2222 was revoked; it showed ssh-rsa \(Self.fingerprint)"
        )
    }

    @Test("a key that is not the pinned one")
    func pin() {
        let error = refusal.pinMismatch("SHA256:pin")
        #expect(error.code == .hostKey && error.reason == .pinMismatch)
        #expect(error.message.contains("host_key_fingerprint names (SHA256:pin); it showed ssh-rsa SHA256:"))
    }

    @Test("a key without a type that can be shown is told without it")
    func noType() throws {
        let error = try #require(HostKeyRefusal(host: "a", key: [0, 0, 0, 1, 27]).error(.unknown(authority: nil)))
        #expect(error.message.contains("it showed a key of no type SHA256:"))
    }
}
