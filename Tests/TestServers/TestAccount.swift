import Foundation
import Synchronization

/// An account of a server that one case has to itself, with a home of its own.
package struct TestAccount: Sendable {
    /// Its name.
    package let name: String
    /// Its number; the group's too.
    package let number: UInt32
    /// Its home, as the host sees it.
    package var home: String { "/home/\(name)" }

    private static let last = Mutex<UInt32>(20_000)

    /// Makes one, which the same keys open.
    package static func make(on server: TestServer, shell: String = "/bin/sh") throws -> TestAccount {
        let number = last.withLock { last in
            last += 1
            return last
        }
        let account = TestAccount(name: "t\(number)", number: number)
        try account.join(server, shell: shell)
        try account.makeDirectory(account.home, on: server)
        if server.kind == .dropbear {
            try account.makeDirectory("\(account.home)/.ssh", on: server)
            try account.makeFile("\(account.home)/.ssh/authorized_keys", server.keys.authorized, on: server)
        }
        return account
    }

    /// Makes the account known to another host, whose homes are the same.
    package func join(_ server: TestServer, shell: String = "/bin/sh") throws {
        try TestAccount.append("\(name):*:\(number):\(number)::\(home):\(shell)\n", to: "\(server.root)/etc/passwd")
    }

    /// Makes a directory that is the account's alone.
    package func makeDirectory(_ path: String, on server: TestServer) throws {
        try FileManager.default.createDirectory(
            atPath: server.root + path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        give(path, on: server)
    }

    /// Makes a file that is the account's alone.
    package func makeFile(_ path: String, _ content: String, mode: UInt32 = 0o600, on server: TestServer) throws {
        try Data(content.utf8).write(to: URL(fileURLWithPath: server.root + path))
        chmod(server.root + path, mode)
        give(path, on: server)
    }

    /// Gives the account a file or directory.
    package func give(_ path: String, on server: TestServer) { lchown(server.root + path, number, number) }

    /// Removes it with its home.
    package func remove(from server: TestServer) throws {
        try leave(server)
        try FileManager.default.removeItem(atPath: server.root + home)
    }

    /// Takes it off a host, whose homes stay.
    package func leave(_ server: TestServer) throws {
        let file = "\(server.root)/etc/passwd"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let rest = lines.filter { !$0.hasPrefix("\(name):") }.joined(separator: "\n") + "\n"
        // In place: others may read it at any moment.
        try Data(rest.utf8).write(to: URL(fileURLWithPath: file))
    }

    private static func append(_ line: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0, write(descriptor, line, line.utf8.count) == line.utf8.count else {
            throw Command.Failure("\(path) cannot be written")
        }
        close(descriptor)
    }
}
