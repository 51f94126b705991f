import FleetCore

/// Reads TOML (toml.io, version 1.0) into a ``DocumentValue``, strictly, with the limits and the faults of JSON.
///
/// It is written by hand because of what a spec needs and toml++ (TOMLKit) has not: the lines of values, the names in
/// their order (which numbers the tasks of a matrix), NUL in a text, and an error for everything that is no TOML, where
/// the library has assertions that end the process. Nor does it bring Foundation, which every start would pay for.
enum TOMLDocument {
    /// Reads a document.
    ///
    /// A byte order mark of UTF-8 is skipped.
    ///
    /// - Throws: a ``SpecError`` with one fault that names line and column, as nothing after it can be understood.
    static func parse(_ bytes: [UInt8], limits: DocumentLimits = .spec) throws(SpecError) -> DocumentValue {
        guard bytes.count <= limits.bytes else {
            throw SpecError(faults: [.tooLarge(bytes: bytes.count, limit: limits.bytes)])
        }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<DocumentValue, SpecError> in
            var parser = TOMLParser(bytes: buffer, limits: limits)
            do throws(SpecError) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
