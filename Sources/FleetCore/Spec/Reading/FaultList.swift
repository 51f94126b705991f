/// Collects what is wrong while a document is read.
final class FaultList {
    /// How many faults are kept; the rest is counted.
    static let limit = 1_000

    private(set) var faults: [SpecFault] = []
    private(set) var omitted = 0
    private var nearestLookups = 0

    var isEmpty: Bool { faults.isEmpty }
    /// How many faults there are, the omitted ones among them.
    var count: Int { faults.count + omitted }

    func add(_ place: Place, line: Int?, found: String, expected: String, hint: String? = nil) {
        guard faults.count < Self.limit else {
            omitted += 1
            return
        }
        faults.append(SpecFault(path: place.text, line: line, found: found, expected: expected, hint: hint))
    }

    /// A hint that names the candidate nearest to a name; nothing after many look-ups, as they cost time.
    func didYouMean(_ name: String, among candidates: some Sequence<String>) -> String? {
        nearestLookups += 1
        guard nearestLookups <= 100 else { return nil }
        return NearestName.find(name, among: candidates).map { "did you mean \"\($0)\"?" }
    }

    /// Throws where anything was found, in the order of the document's lines.
    func throwIfAny() throws(SpecError) {
        guard !faults.isEmpty else { return }
        let sorted = faults.enumerated()
            .sorted { left, right in
                let lines = (left.element.line ?? .max, right.element.line ?? .max)
                return lines.0 == lines.1 ? left.offset < right.offset : lines.0 < lines.1
            }
        throw SpecError(faults: sorted.map(\.element), omitted: omitted)
    }
}
