import CFleetSupervisor

/// Finds the regular files below a directory that meet a pattern, in bounded time.
struct GlobWalk {
    /// The most files that are found.
    static let matchLimit = 1_000
    /// The most entries that are looked at.
    static let visitLimit = 200_000
    /// The most directories within each other.
    static let depthLimit = 64

    private let root: Int32
    private(set) var paths: Set<String> = []
    /// Whether a limit ended the walk.
    private(set) var isCut = false
    private var visits = 0

    /// A walk below an open directory.
    init(root: Int32) { self.root = root }

    /// Finds what meets the pattern.
    mutating func find(_ glob: Glob) { walk("", glob.segments[...], depth: 0) }

    /// Finds every regular file that is no link.
    mutating func findAll() { walkAll("", depth: 0) }

    private mutating func walk(_ directory: String, _ segments: ArraySlice<[UInt8]>, depth: Int) {
        guard let segment = segments.first, depth < GlobWalk.depthLimit, !isCut else { return }
        let rest = segments.dropFirst()
        if Glob.isDeep(segment) {
            walk(directory, rest.isEmpty ? [[UInt8(ascii: "*")]] : rest, depth: depth)
            for name in names(in: directory) where !name.hasPrefix(".") {
                let path = GlobWalk.join(directory, name)
                if kind(of: path) == .directory { walk(path, segments, depth: depth + 1) }
            }
        } else if Glob.isLiteral(segment) {
            step(GlobWalk.join(directory, String(decoding: segment, as: UTF8.self)), rest, depth)
        } else {
            for name in names(in: directory) where Glob.matches(name: Array(name.utf8), segment) {
                step(GlobWalk.join(directory, name), rest, depth)
            }
        }
    }

    private mutating func step(_ path: String, _ rest: ArraySlice<[UInt8]>, _ depth: Int) {
        guard rest.isEmpty else { return walk(path, rest, depth: depth + 1) }
        if kind(of: path) == .file { add(path) }
    }

    private mutating func walkAll(_ directory: String, depth: Int) {
        guard depth < GlobWalk.depthLimit, !isCut else { return }
        for name in names(in: directory) {
            let path = GlobWalk.join(directory, name)
            switch kind(of: path, followsLink: false) {
            case .file: add(path)
            case .directory: walkAll(path, depth: depth + 1)
            case nil: break
            }
        }
    }

    private mutating func add(_ path: String) {
        guard paths.count < GlobWalk.matchLimit else {
            isCut = true
            return
        }
        paths.insert(path)
    }

    private mutating func names(in directory: String) -> [String] {
        var names: [String] = []
        let number = cfleet_open_beneath(root, directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY)
        guard number >= 0 else { return [] }
        let opened = Descriptor(owning: number)
        try? forEachEntry(in: opened.number) { names.append($0) }
        visits += names.count
        if visits > GlobWalk.visitLimit { isCut = true }
        return names.sorted()
    }

    private enum Kind {
        case file
        case directory
    }

    private func kind(of path: String, followsLink: Bool = true) -> Kind? {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (followsLink ? 0 : O_NOFOLLOW)
        let number = cfleet_open_beneath(root, path, flags)
        guard number >= 0 else { return nil }
        let opened = Descriptor(owning: number)
        guard let status = try? opened.status() else { return nil }
        return status.isRegular ? .file : status.isDirectory ? .directory : nil
    }

    private static func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : "\(directory)/\(name)"
    }
}
