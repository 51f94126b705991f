/// The host keys that are known: what files of known hosts say (`SSH_KNOWN_HOSTS FILE FORMAT` in `sshd(8)`), judged as
/// OpenSSH's client judges them with strict checking and without `CheckHostIP`.
///
/// A malformed line loses that line alone. Lines are read in place when a host is asked for, in a time that is linear in
/// their length, so that only a file's length is bounded (``File/limit``) and no line's.
///
/// It is a value without input or output; ``File/read(_:)`` alone reads. It differs from OpenSSH in this: certificates of
/// hosts cannot be checked, so that a host that is known by an authority alone is unknown; and a certificate that stands
/// in a line where a plain key should stand counts as such without its signature being checked.
package struct KnownHosts: Sendable {
    /// A line of a file.
    package struct Place: Sendable, Hashable, CustomStringConvertible {
        /// The file's path.
        package let path: String
        /// The line's number, from 1; nil for the whole file.
        package let line: Int?

        /// The path, and the line's number behind a colon.
        package var description: String { line.map { "\(path):\($0)" } ?? path }
    }

    /// A line that counts for nothing, or a file that cannot be read.
    package struct Finding: Sendable, Hashable, CustomStringConvertible {
        /// Where it is.
        package let place: Place
        /// What is wrong there.
        package let why: String

        /// The place, and what is wrong there.
        package var description: String { "\(place): \(why)" }
    }

    /// Why a line counts for nothing.
    struct Fault: Error, Hashable {
        let why: String
        init(_ why: String) { self.why = why }
    }

    private let files: [File]

    /// What files say, in their order.
    package init(files: [File]) { self.files = files }

    /// What is known of a host; all lines are read once for it.
    ///
    /// - Parameters:
    ///   - name: the name or the address (in its canonical form) that is connected to, in any case, after the ssh
    ///     configuration's `HostName`; or its `HostKeyAlias`.
    ///   - port: the port that is connected to; nil with a `HostKeyAlias`, which stands for host and port.
    /// - Returns: what is known; empty for a host that no line names.
    package func host(_ name: String, port: Int?) -> KnownHost {
        let names = Self.names(ofHost: name, port: port)
        var host = KnownHost()
        host.findings = fileFindings
        forEachLine { place, read in
            // A line whose names cannot be read names nobody.
            guard let line = try? read() else { return }
            let (isFull, isPlain) = (line.isOf(names.full), names.plain.map(line.isOf) ?? false)
            guard isFull || isPlain else { return }
            do throws(Fault) {
                let entry = KnownHost.Entry(place: place, marker: line.marker, key: try line.key())
                if isFull { host.entries.append(entry) }
                if isPlain { host.entriesWithoutPort.append(entry) }
            } catch {
                host.findings.append(Finding(place: place, why: error.why))
            }
        }
        return host
    }

    /// All lines that count for nothing, whichever host they name, and files that cannot be read.
    package var findings: [Finding] {
        var findings = fileFindings
        forEachLine { place, read in
            do throws(Fault) {
                _ = try read()?.key()
            } catch {
                findings.append(Finding(place: place, why: error.why))
            }
        }
        return findings
    }

    /// The names under which lines have a host, in lower case.
    ///
    /// `[host]:port`, and the plain name besides, as OpenSSH accepts a key that is known for the host without a port; for
    /// port 22 and for an alias (nil) the plain name is the only one.
    static func names(ofHost host: String, port: Int?) -> (full: [UInt8], plain: [UInt8]?) {
        let plain = host.utf8.map(\.lowercased)
        guard let port, port != 22, port != 0 else { return (plain, nil) }
        return (Array("[".utf8) + plain + Array("]:\(port)".utf8), plain)
    }

    private var fileFindings: [Finding] {
        files.compactMap { file in
            file.fault.map { Finding(place: Place(path: file.path, line: nil), why: $0) }
        }
    }

    private func forEachLine(_ body: (Place, () throws(Fault) -> KnownHostsLine?) -> Void) {
        for file in files {
            var number = 0
            for bytes in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                number += 1
                body(Place(path: file.path, line: number)) { () throws(Fault) in try KnownHostsLine(bytes) }
            }
        }
    }
}
