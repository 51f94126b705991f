import FleetCore

extension Ledger {
    /// What a writer that died has left unfinished at the end; nil where there is nothing, or where it may still write.
    ///
    /// Nothing is changed; the next append moves it aside.
    package func tornTail() -> LedgerDamage? {
        guard unfinished > 0,
            let isTorn = try? whileNobodyAppends({ () throws(LedgerError) in
                _ = try catchUp(isLocked: true)
                return unfinished > 0
            }), isTorn
        else { return nil }
        let (line, offset) = (fold.lines + 1, fold.position)
        return LedgerDamage(line: line, offset: offset, length: unfinished, kind: .tornTail(movedTo: nil))
    }

    /// Does something while no other process appends; nothing where one does at this moment, or the lock is not there.
    func whileNobodyAppends<Result>(_ body: () throws(LedgerError) -> Result) throws(LedgerError) -> Result? {
        guard try workspace.disk.status(of: workspace.lock) != nil else { return nil }
        let file = try workspace.disk.open(workspace.lock, .read)
        guard try file.tryLock() else { return nil }
        defer { file.unlock() }
        guard let named = try workspace.disk.status(of: workspace.lock), try file.status().isSameFile(as: named) else {
            return nil
        }
        return try body()
    }
}
