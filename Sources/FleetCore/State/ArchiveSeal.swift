/// What was written into the archive of a run, so that it is known whether it is all there.
package struct ArchiveSeal: Sendable, Equatable {
    /// How many records.
    package var records: Int64
    /// How many bytes; what stands after them was left by a compaction that did not get to its end.
    package var bytes: Int64
    /// The CRC-32C of these bytes.
    package var checksum: UInt32

    /// A seal of its parts.
    package init(records: Int64, bytes: Int64, checksum: UInt32) {
        (self.records, self.bytes, self.checksum) = (records, bytes, checksum)
    }
}
