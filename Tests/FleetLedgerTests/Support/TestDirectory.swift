// swift-format-ignore-file: AmbiguousTrailingClosureOverload

import Foundation
import Testing

@testable import FleetLedger

/// Files as whole arrays of bytes.
enum Files {
    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        // Not by Data.write: that waits for the disk.
        guard let file = fopen(path, "w") else { throw CocoaError(.fileWriteUnknown) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
    }

    static func exists(_ path: String) -> Bool { (try? File.status(of: path)) ?? nil != nil }

    static func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    /// The permission bits of what stands at a path.
    static func mode(_ path: String) throws -> Int {
        let value = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return try #require(value as? Int)
    }
}

/// Makes a directory for a test, and removes it with all that is in it; that it cannot be removed is a failure.
func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = try makeDirectory()
    defer { removeDirectory(path) }
    return try body(path)
}

/// Makes a directory for a test, and removes it with all that is in it; that it cannot be removed is a failure.
func withDirectoryAsync<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = try makeDirectory()
    defer { removeDirectory(path) }
    return try await body(path)
}

/// An initialized workspace in a directory of its own.
func withWorkspace<Result>(_ body: (Workspace) throws -> Result) throws -> Result {
    try withDirectory { path in
        let workspace = Workspace(root: path)
        try workspace.initialize()
        return try body(workspace)
    }
}

/// An initialized workspace in a directory of its own.
func withWorkspaceAsync<Result>(_ body: (Workspace) async throws -> Result) async throws -> Result {
    try await withDirectoryAsync { path in
        let workspace = Workspace(root: path)
        try workspace.initialize()
        return try await body(workspace)
    }
}

private func makeDirectory() throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/fleet-ledger-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return try #require(Directory.resolve(path))
}

private func removeDirectory(_ path: String) {
    #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) }
}
