/// Looks at many hosts at once, so that one that is dead holds up none of the others.
enum Doctor {
    /// How many hosts are looked at at once.
    static let limit = 64

    /// Examines each target; the reports stand in the order of the targets.
    static func examine(
        _ targets: [DoctorTarget],
        limit: Int = Doctor.limit,
        _ examine: @escaping @Sendable (DoctorTarget) async -> HostReport
    ) async -> [HostReport] {
        await withTaskGroup(of: (Int, HostReport).self) { group in
            var reports = targets.map { HostReport($0) }
            var next = 0
            while next < min(limit, targets.count) {
                let (place, target) = (next, targets[next])
                group.addTask { (place, await examine(target)) }
                next += 1
            }
            for await (place, report) in group {
                reports[place] = report
                guard next < targets.count else { continue }
                let (place, target) = (next, targets[next])
                group.addTask { (place, await examine(target)) }
                next += 1
            }
            return reports
        }
    }
}
