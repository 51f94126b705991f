import FleetCore
import Testing

@testable import FleetTransport

/// Jump hosts, key files, configuration and command lines, as they are read and written.
@Suite("SSH words")
struct SSHWordsTests {
    @Test(
        "jump hosts are read as ssh -J takes them",
        arguments: [
            ("host", [JumpHost(host: "host", user: nil, port: nil)]),
            ("me@host:22", [JumpHost(host: "host", user: "me", port: 22)]),
            ("ssh://me@host:2222", [JumpHost(host: "host", user: "me", port: 2222)]),
            ("[::1]:22, b", [JumpHost(host: "::1", user: nil, port: 22), JumpHost(host: "b", user: nil, port: nil)]),
            ("a@b@host", [JumpHost(host: "host", user: "a@b", port: nil)]),
        ]
    )
    func jumps(_ text: String, _ hosts: [JumpHost]) { #expect(JumpHost.list(text) == hosts) }

    @Test(
        "what ssh would take for an option, or is no host, is refused",
        arguments: ["", "a,,b", "-oX", "-u@h", "@h", "h:0", "h:x", "[h]x"]
    )
    func badJumps(_ text: String) { #expect(JumpHost.list(text) == nil) }

    @Test("a loop of jump hosts is refused")
    func loop() async throws {
        let resolver = SSHResolver(
            query: { _ in
                guard let one = SSHConfiguration(output: "hostname h\nuser u\nproxyjump again\n") else {
                    throw CancellationError()
                }
                return one
            },
            home: "/home/me",
            hasAgent: false
        )
        let error = await #expect(throws: TransportError.self) {
            try await resolver.route(to: SSHEndpoint(host: "h"))
        }
        #expect(error?.code == .configuration && error?.reason == .client)
    }

    @Test("ssh -G is read: the first value counts, none is nothing")
    func configuration() throws {
        let text = "user me\nhostname h\nport 2222\nuser other\nproxyjump none\nidentityfile ~/a\nidentityfile ~/b c\n"
        let one = try #require(SSHConfiguration(output: text))
        #expect(one.user == "me" && one.port == 2222 && one.proxyJump == nil && one.identityFiles == ["~/a", "~/b c"])
        #expect(SSHConfiguration(output: "user me\n") == nil)
    }

    @Test("an encrypted key is known by its header")
    func encrypted() {
        let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        #expect(!IdentityFile.isEncrypted(Array((begin + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n").utf8)))
        #expect(IdentityFile.isEncrypted(Array((begin + "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAA\n").utf8)))
        #expect(IdentityFile.isEncrypted(Array("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n".utf8)))
    }
}
