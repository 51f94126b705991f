/// A place of the ledger that could not be read; the bytes stay where they are.
package struct LedgerDamage: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong there.
    package enum Kind: Sendable, Equatable {
        /// The line's checksum is not that of its content.
        case checksum
        /// The line consists of NUL bytes, or has some in it.
        case nulBytes
        /// The line is not a record at all.
        case notARecord
        /// The checksum is right, the content is not what this version understands of its type.
        case malformed(String)
        /// Records are missing: this number was expected, that one found.
        case gap(expected: Int64, found: Int64)
        /// The record's number was there before; it is not applied again.
        case repeated(seq: Int64)
        /// The end of the file is no whole line: a writer died. Moved to the file named, or left where it is.
        case tornTail(movedTo: String?)
        /// The run that a record reopened has an archive that is not there, or not whole: what it is, in words.
        case archive(String)
    }

    /// The number of the line, from 1.
    package var line: Int
    /// Where it begins, in bytes.
    package var offset: Int64
    /// How many bytes are affected.
    package var length: Int64
    /// What is wrong there.
    package var kind: Kind
}

extension LedgerDamage {
    /// The place and the fault, in a sentence.
    package var description: String { "line \(line) (byte \(offset)): \(fault)" }

    /// The fault, without its place.
    package var fault: String {
        switch kind {
        case .checksum: "the checksum does not fit the record; \(length) bytes skipped"
        case .nulBytes: "NUL bytes; \(length) bytes skipped"
        case .notARecord: "not a record; \(length) bytes skipped"
        case .malformed(let what): "a record that cannot be understood (\(what)); skipped"
        case .gap(let expected, let found): "records \(expected) to \(found - 1) are missing"
        case .repeated(let seq): "record \(seq) again; skipped"
        case .archive(let what): what
        case .tornTail(let file?): "an unfinished last line of \(length) bytes, moved to \(file)"
        case .tornTail(nil): "an unfinished last line of \(length) bytes, which the next writer keeps aside"
        }
    }
}
