/// What a document may be at most; all of it is checked while reading.
package struct DocumentLimits: Sendable {
    /// Bytes of the document.
    package var bytes: Int
    /// Arrays and objects within each other.
    package var depth: Int
    /// Values in all.
    package var values: Int

    /// Limits of their parts.
    package init(bytes: Int, depth: Int = 64, values: Int) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }

    /// For specs that people write: 16 MiB.
    package static let spec = Self(bytes: 16 << 20, values: 4_000_000)
    /// For a spec that was accepted and written out again, its matrices expanded.
    package static let acceptedSpec = Self(bytes: 512 << 20, values: 32_000_000)
}
