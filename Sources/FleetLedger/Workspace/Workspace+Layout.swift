package import FleetCore

extension Workspace {
    /// The workspace that holds `directory`: the nearest one at or above it that has `.codewhale`, else itself.
    package static func find(from directory: String) -> Workspace {
        let start = Directory.resolve(directory) ?? directory
        var candidate = start[...]
        while true {
            let workspace = Workspace(root: candidate.isEmpty ? "/" : String(candidate))
            if Directory.isDirectory(workspace.directory) { return workspace }
            guard let slash = candidate.lastIndex(of: "/") else { return Workspace(root: start) }
            candidate = candidate[..<slash]
        }
    }

    /// Whether there is a ledger.
    package var isInitialized: Bool { (try? disk.status(of: ledger)) != nil }

    /// Makes what is not there: directories (0700), an empty ledger (0600), the lock file, the workspace's id.
    ///
    /// Repeating it changes nothing; two at once agree. Returns whether anything was made.
    @discardableResult
    package func initialize() throws(LedgerError) -> Bool {
        guard disk.isDirectory(root) else {
            throw LedgerError(.unwritable, "\(shown(root)) is not a directory", hint: "make it first, or name another")
        }
        var isNew = try disk.makeDirectory(directory)
        if try disk.makeDirectory(fleet) { isNew = true }
        if try makeID() { isNew = true }
        for path in [lock, ledger] where try disk.status(of: path) == nil {
            _ = try disk.open(path, .append, .ifMissing)
            isNew = true
        }
        guard let status = try disk.status(of: ledger), status.isRegular else {
            throw LedgerError(.foreign, "\(shown(ledger)) is not a regular file", hint: "move it away")
        }
        if isNew {
            for path in [fleet, directory, root] { try disk.syncDirectory(path) }
        }
        return isNew
    }

    /// Makes a run's directories.
    package func makeRunDirectories(_ run: RunID) throws(LedgerError) {
        for path in [self.run(run), logs(run), artifacts(run)] { _ = try disk.makeDirectory(path) }
    }

    /// The workspace's id, 16 hexadecimal digits.
    package func id() throws(LedgerError) -> String {
        let bytes = try disk.open(idFile, .read).read(64, at: 0)
        let text = String(decoding: bytes, as: UTF8.self)
        let id = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard id.utf8.count == Self.idLength, id.utf8.allSatisfy({ Self.idDigits.contains($0) }) else {
            throw LedgerError(
                .foreign,
                "\(shown(idFile)) does not hold a workspace's id",
                hint: "put back the \(Self.idLength) hexadecimal digits that it had, or remove it and run `init`"
            )
        }
        return id
    }

    private static let idLength = 16
    private static let idDigits = Array("0123456789abcdef".utf8)

    /// Makes the id; of two that do so at once, one wins.
    private func makeID() throws(LedgerError) -> Bool {
        guard try disk.status(of: idFile) == nil else { return false }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<Self.idLength).map { _ in Self.idDigits[Int.random(in: 0..<16, using: &generator)] }
        let draft = "\(idFile).\(String(decoding: digits, as: UTF8.self))"
        defer { disk.remove(draft) }
        let file = try disk.open(draft, .append, .mustBeNew)
        try file.write(digits + [UInt8(ascii: "\n")])
        try file.sync()
        return try disk.link(draft, as: idFile)
    }
}
