import FleetCore
import Foundation
import NIOPosix
import Testing

@testable import FleetTransport

/// Where one answer of `ssh -G` holds for other hosts, and where each is asked about.
@Suite("One ssh configuration for many hosts")
struct CommonConfigurationTests {
    @Test(
        "a configuration that makes one host another is known",
        arguments: [
            ("", true), ("# Host a\n\n  Port 2222\nUser me\n", true), ("Host *\n  IdentityFile ~/%h\n", true),
            ("Host=\"*\"\nMatch all\n", true), ("Include nothing-*\n", true), ("Include other\n", true),
            ("Host a\n", false), ("host * !b\n", false), ("Match exec true\n", false), ("HOSTNAME x\n", false),
            ("ProxyJump j\n", false), ("ProxyCommand nc %h %p\n", false), ("CanonicalizeHostname yes\n", false),
            ("Include named\n", false), ("Include %h\n", false), ("Include ~x/y\n", false), ("Host * # all\n", false),
        ]
    )
    func files(_ text: String, _ isHostless: Bool) async throws {
        try await withHome { home in
            try Data("Compression yes\n".utf8).write(to: home.appending(path: ".ssh/other"))
            try Data("Host named\n  User other\n".utf8).write(to: home.appending(path: ".ssh/named"))
            let file = home.appending(path: "config")
            try Data(text.utf8).write(to: file)
            #expect((HostlessConfiguration(file: file.path, home: home.path) != nil) == isHostless)
        }
    }

    @Test("the user's file counts, and the system's has to be there")
    func places() async throws {
        try await withHome { home in
            let (own, system) = (home.appending(path: ".ssh/config"), home.appending(path: "system"))
            #expect(HostlessConfiguration(file: nil, home: home.path, system: system.path) == nil)
            try Data("Host *\n".utf8).write(to: system)
            let first = try #require(HostlessConfiguration(file: nil, home: home.path, system: system.path))
            try Data("Port 3\n".utf8).write(to: own)
            let second = try #require(HostlessConfiguration(file: nil, home: home.path, system: system.path))
            #expect(first.text != second.text)
            try Data("Host a\n".utf8).write(to: own)
            #expect(HostlessConfiguration(file: nil, home: home.path, system: system.path) == nil)
        }
    }

    @Test(
        "names that ssh writes otherwise are asked about",
        arguments: [
            ("host", true), ("a-1.example.com", true), ("127.0.0.1", true), ("10.20.30.255", true), ("host1", true),
            ("127.1", false), ("127.0.0.01", false), ("1.2.3.256", false), ("0x7f.0.0.1", false), ("2130706433", false),
            ("Host", false), ("::1", false), ("-host", false), ("me@host", false), ("h%n", false), ("", false),
        ]
    )
    func names(_ host: String, _ isPlain: Bool) { #expect(CommonConfigurations.isPlain(host) == isPlain) }

    @Test("what is shared is what ssh says itself, for every host and both kinds of file", arguments: [true, false])
    func sameAsClient(_ tellsApart: Bool) async throws {
        try await withHome { home in
            let file = home.appending(path: "config")
            let text = "User fallback\nIdentityFile ~/%h-%p\n" + (tellsApart ? "Host b.example\n  Port 99\n" : "")
            try Data(text.utf8).write(to: file)
            let client = SSHClient(environment: ProcessInfo.processInfo.environment)
            let program = try client.program()
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let hosts = [
                JumpHost(host: "a.example", user: nil, port: nil), JumpHost(host: "b.example", user: nil, port: nil),
                JumpHost(host: "b.example", user: "me", port: 7), JumpHost(host: "127.0.0.2", user: "you", port: 8),
                JumpHost(host: "127.1", user: "you", port: 9), JumpHost(host: "C", user: nil, port: 10),
            ]
            for host in hosts {
                var endpoint = SSHEndpoint(host: host.host)
                endpoint.configFile = file.path
                let resolver = SSHResolver(endpoint: endpoint, client: client, program: program, eventLoop: loop)
                var arguments = SSHArguments(endpoint: endpoint, log: "/dev/null")
                arguments.program = program
                let said = try await client.configuration(arguments.query(host), named: "h", limit: 10, on: loop)
                #expect(try await resolver.query(host) == said)
            }
        }
    }

    @Test("hosts that are alike are asked about once, until the file changes; a failure is asked again")
    func once() async throws {
        try await withHome { home in
            let file = home.appending(path: "config")
            try Data("Port 5\n".utf8).write(to: file)
            let (common, asked) = (CommonConfigurations(), Asked())
            func ask(_ name: String) async throws -> SSHConfiguration {
                var endpoint = SSHEndpoint(host: name)
                endpoint.configFile = file.path
                var arguments = SSHArguments(endpoint: endpoint, log: "/dev/null")
                arguments.program = "/usr/bin/ssh"
                return try await common.configuration(
                    of: JumpHost(host: name, user: nil, port: nil),
                    arguments: arguments,
                    environment: [:]
                ) { try await asked.answer(name) }
            }
            await #expect(throws: CancellationError.self) { try await ask("broken") }
            #expect(try await ask("a").hostName == "a")
            #expect(try await ask("b").hostName == "b")
            #expect(await asked.names == ["broken", "a"])
            try Data("Port 6\n".utf8).write(to: file)
            #expect(try await ask("c").hostName == "c")
            #expect(await asked.names == ["broken", "a", "c"])
        }
    }

    private actor Asked {
        private(set) var names: [String] = []

        func answer(_ name: String) throws -> SSHConfiguration {
            names.append(name)
            guard name != "broken", let answer = SSHConfiguration(output: "hostname \(name)\nuser u\nport 5\n") else {
                throw CancellationError()
            }
            return answer
        }
    }

    private func withHome<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let home = try makeHome()
        defer { try? FileManager.default.removeItem(at: home) }
        return try await body(home)
    }

    private func makeHome() throws -> URL {
        let home = FileManager.default.temporaryDirectory.appending(path: "cwt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home.appending(path: ".ssh"), withIntermediateDirectories: true)
        return home
    }
}
